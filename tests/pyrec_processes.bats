#!/usr/bin/env bats
# needs: agent
# Which processes and threads are in the stream, and how they ended.
# shellcheck disable=SC2016,SC2154 # programs in quotes; python, tests and targets come from pyrec.bash

load pyrec.bash

# child WAY: a child made that way is a section of its own, with its parent's pid.
child() {
    local way=$1 parent child
    record "$targets/children.py" "$way" && dump || return 1
    parent=$(section_of spin_parent)
    child=$(section_of "spin_${way#mp_}")
    [ -n "$parent" ] && [ -n "$child" ] && [ "$parent" != "$child" ] || return 1
    [ "$(section_field "$parent" 4)" = exited ] && [ "$(section_field "$parent" 5)" = 0 ] || return 1
    [ "$(section_field "$child" 4)" = exited ] && [ "$(section_field "$child" 5)" = - ] || return 1
    case $way in
    fork | exec | subprocess | emptyenv | mp_fork | mp_spawn) [ "$(section_field "$child" 3)" = "$parent" ] ;;
    esac
}

@test "fork" {
    each_python child fork
}

@test "fork and exec" {
    each_python child exec
    grep -q $'^section\t.*-c import sys; sys.path.insert' dump
}

@test "subprocess, with and without an environment" {
    each_python child subprocess
    each_python child emptyenv
}

@test "a shell between two Pythons" {
    each_python child shell
}

@test "multiprocessing: fork, spawn, forkserver" {
    each_python child mp_fork
    each_python child mp_spawn
    each_python child mp_forkserver
}

becomes() {
    record "$targets/children.py" become && dump || return 1
    local pid
    pid=$(section_of spin_parent)
    [ "$(section_of spin_become)" = "$pid" ] && [ "$(grep -c '^section' dump)" -eq 2 ] &&
        [ "$(grep -c $'^section\t.*\texec\t-\t' dump)" -eq 1 ] &&
        [ "$(grep -c $'^section\t.*\texited\t0\t' dump)" -eq 1 ]
}

@test "exec without fork: two sections of one pid" {
    each_python becomes
}

@test "programs that are no Python cost no section" {
    python=$(newest_python)
    record -c 'import subprocess; subprocess.run(["sh", "-c", "ls / | sort | tail -n 1"])' >out
    dump
    [ "$(grep -c '^section' dump)" -eq 1 ]
}

@test "a command in front of the interpreter" {
    python=$(newest_python)
    timeout 60 pyrec -o run.prof -- sh -c '"$0" "$1" subprocess; exit 3' "$python" "$targets/children.py" 2>err ||
        status=$?
    [ "$status" -eq 3 ]
    dump
    [ "$(grep -c '^section' dump)" -eq 2 ]
}

@test "an orphan is let go when the program ends" {
    python=$(newest_python)
    record "$targets/orphan.py" finished
    [ ! -e finished ]
    dump
    [ "$(stack_samples spin_orphan)" -gt 0 ]
    [ "$(section_field "$(section_of spin_orphan)" 4)" = running ]
    wait_for test -e finished
}

@test "with --wait it is recorded to its end, which is known" {
    python=$(newest_python)
    record --wait "$targets/orphan.py" finished
    [ -e finished ]
    dump
    [ "$(section_field "$(section_of spin_orphan)" 4)" = exited ]
    [ "$(section_field "$(section_of spin_orphan)" 5)" = 1024 ]
}

named_threads() {
    record -c '
import threading, time
gate = threading.Event()
def wait_here(): gate.wait()
for i in range(40): threading.Thread(target=wait_here, name="worker %d" % i).start()
time.sleep(0.5)
gate.set()
' && dump || return 1
    [ "$(grep -c $'^thread\t.*\tworker [0-9]*$' dump)" -eq 40 ] &&
        [ "$(grep -c $'^thread\t.*\tMainThread$' dump)" -eq 1 ] || return 1
    # Each of them waited, and was sampled in every round.
    [ "$(stack_samples wait_here)" -gt 40 ]
}

@test "threads by their names" {
    each_python named_threads
}

@test "two hundred processes at once" {
    python=$(newest_python)
    record -c '
import os, time
for i in range(200):
    if os.fork() == 0:
        time.sleep(1)
        os._exit(0)
for i in range(200): os.wait()
'
    dump
    [ "$(grep -c $'^section\t.*\texited\t' dump)" -eq 201 ]
}
