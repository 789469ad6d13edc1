#!/usr/bin/env bats
# needs: agent
# The flight recorder: the last part is kept and written at the end, at a crash and at a signal.
# shellcheck disable=SC2154 # python, tests and targets come from pyrec.bash

load pyrec.bash

# A program with something old, something recent and then $1.
make_program() {
    cat >program.py <<END
import os, signal, sys, threading, time
sys.path.insert(0, '$targets')
from spin import spin
spin('spin_old', 0.3)
thread = threading.Thread(target=spin, args=('spin_old_thread', 0.1), name='old one')
thread.start()
thread.join()
time.sleep(4)
spin('spin_recent', 0.3)
$1
END
}

@test "--keep writes the last part at the end, and at a crash; nothing counts as lost" {
    python=$(newest_python)
    ulimit -c 0
    for end in pass 'os.kill(os.getpid(), signal.SIGKILL)' 'os.kill(os.getpid(), signal.SIGSEGV)'; do
        make_program "$end"
        record --keep 0.5s program.py || [ "$end" != pass ]
        dump
        [ "$(stack_samples spin_old)" -eq 0 ]
        [ "$(stack_samples spin_old_thread)" -eq 0 ]
        [ "$(stack_samples spin_recent)" -gt 0 ]
        [ "$(grep -c ^section dump)" -eq 1 ]
        grep -q "the last 0.5 s kept" err
        # The totals are those of what was written.
        [ "$(awk -F '\t' '$1 == "totals" { print $4 }' dump)" -eq \
            "$(awk -F '\t' '$1 == "stack" { n += $4 } END { print n }' dump)" ]
    done
}

@test "SIGHUP saves what is kept to files of their own, and is not for the program then" {
    python=$(newest_python)
    make_program "
for name in 'spin_first', 'spin_second':
    spin(name, 0.3)
    open(name, 'w').close()
    while os.path.exists(name): time.sleep(0.01)"
    pyrec --keep 0.5s -o run.prof --python "$python" program.py 2>err &
    pyrec=$!
    for n in 1 2; do
        name=spin_$([ $n = 1 ] && echo first || echo second)
        wait_for test -e $name
        kill -HUP $pyrec
        wait_for grep -qE "^pyrec: what is kept: [0-9]+ bytes in 'run.prof.$n'$" err
        dump run.prof.$n
        [ "$(stack_samples spin_old)" -eq 0 ]
        [ "$(stack_samples $name)" -gt 0 ]
        [ "$(section_field "$(section_of $name)" 4)" = running ]
        rm $name
    done
    wait $pyrec
    dump
    [ "$(stack_samples spin_second)" -gt 0 ]
    [ "$(section_field "$(section_of spin_second)" 4)" = exited ]
}

@test "without a file there is nowhere to save to before the end" {
    python=$(newest_python)
    make_program "
open('ready', 'w').close()
while os.path.exists('ready'): time.sleep(0.01)"
    pyrec --keep 0.5s --python "$python" program.py 2>err >run.prof &
    pyrec=$!
    wait_for test -e ready
    kill -HUP $pyrec
    wait_for grep -q "^pyrec: nowhere to write what is kept before the end: name a file with -o$" err
    rm ready
    wait $pyrec
    dump
    [ "$(stack_samples spin_recent)" -gt 0 ]
}

@test "so it is with a process that runs already" {
    python=$(newest_python)
    make_program "
while not os.path.exists('done'): spin('spin_on', 0.05)"
    "$python" program.py &
    program=$!
    wait_for pyrec --dump -p $program
    pyrec --keep 0.5s -o run.prof -p $program 2>err &
    pyrec=$!
    sleep 5.5
    kill -HUP $pyrec
    wait_for grep -q "what is kept: " err
    touch done
    wait $program $pyrec
    for stream in run.prof.1 run.prof; do
        dump $stream
        [ "$(stack_samples spin_old)" -eq 0 ]
        [ "$(stack_samples spin_on)" -gt 0 ]
    done
}
