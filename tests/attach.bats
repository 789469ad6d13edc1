#!/usr/bin/env bats
# Processes that run already: pyrec -p and pyrec --dump.
# shellcheck disable=SC2016,SC2154 # programs in quotes; python, tests and targets come from pyrec.bash

load pyrec.bash

# A sampler that is still at work when pyrec ends leaves its memory to the exit.
export ASAN_OPTIONS=detect_leaks=0

teardown() {
    stop
}

# Ends all that start started.
stop() {
    for pid in ${started:-}; do
        kill -9 "$pid" 2>/dev/null || true
    done
    started=
}

# start COMMAND...: runs a target in the background until the test's end; its pid is in $target.
start() {
    timeout -k 1 60 "$@" 3>&- &
    started="${started:-} $!"
    wait_for pgrep -P $!
    target=$(pgrep -P $!)
    started="$started $target"
}

# start_python CODE: a Python target that runs `up()` when it is ready to be looked at.
start_python() {
    rm -f up
    PYTHONPATH=$targets start "$python" -c "
import os, sys, threading, time
from spin import spin
def up(): open('up', 'w').close()
$1"
    wait_for test -e up
}

# attach ARGUMENT...: pyrec into run.prof, and its dump.
attach() {
    timeout 60 pyrec -o run.prof "$@" 2>err && dump
}

# judge RATE PROGRAM...: whether the stacks of programs of the oracle are all such as can have been.
judge() {
    local rate=$1 programs=()
    shift
    for program in "$@"; do programs+=(--program "$program"); done
    timeout 100 "$tests/oracle/oracle" --build "$PYREC_BUILD" --check --only pyrec-p --python "$python" --rate "$rate" \
        --seconds 0.8 "${programs[@]}" stacks >judged 2>&1 && return
    sed 's/^/# /' judged >&2
    return 1
}

@test "attached at 1 kHz, no stack is impossible" {
    each_python judge 1000 chains generators
}

@test "attached at 10 kHz, no stack is impossible" {
    each_python judge 10000 short chains generators coroutines codes comers
}

threads() {
    stop
    start_python '
def sleeper():
    time.sleep(50)
def worker():
    while True: spin("digest")
threading.Thread(target=sleeper, name="the sleeper", daemon=True).start()
threading.Thread(target=worker, name="the worker", daemon=True).start()
up()
while True: spin("main_spins")'
    attach -r 200 -d 1 -p "$target" || return 1
    awk -F '\t' '
        $1 == "stack" { seen[$3] += $4; if ($5 ~ /digest/ && $3 != "the worker" || $5 ~ /main_spins/ && $3 != "MainThread") exit 2 }
        END { exit seen["the worker"] > 20 && seen["the sleeper"] > 20 && seen["MainThread"] > 20 ? 0 : 1 }' dump || return 1
    [ "$(cut -f 2 dump | head -n 1)" = "$target" ]
    [[ $(section_field "$target" 6) == "$python -c "* ]]
}

@test "all threads, with their names, of every interpreter" {
    each_python threads
}

@test "the target is neither stopped nor changed" {
    python=$(newest_python)
    start_python '
up()
while True: spin("on")'
    grep -v '\[' "/proc/$target/maps" >maps
    ls "/proc/$target/task" "/proc/$target/fd" >before
    timeout 20 pyrec -q -r 5000 -d 2 -o run.prof -p "$target" &
    pyrec=$!
    sleep 1
    [ "$(awk '$1 == "TracerPid:" { print $2 }' "/proc/$target/status")" = 0 ]
    ls "/proc/$target/task" "/proc/$target/fd" | diff before -
    wait $pyrec
    ls "/proc/$target/task" "/proc/$target/fd" | diff before -
    grep -v '\[' "/proc/$target/maps" | diff maps -
}

@test "the recording ends with its time, its target or a signal, and the target with none of them" {
    python=$(newest_python)
    start_python '
up()
while not os.path.exists("end"): spin("on", 0.05)'
    attach -d 0.5 -p "$target"
    [ "$(cut -f 4 dump | head -n 1)" = running ]
    for signal in INT TERM HUP; do
        # A shell's background jobs ignore SIGINT.
        "$python" -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' pyrec -o run.prof -p "$target" 2>err &
        pyrec=$!
        sleep 0.7
        kill -s $signal $pyrec
        wait $pyrec
        grep -q '^pyrec: [1-9][0-9]* samples' err
    done
    timeout 20 pyrec -o run.prof -p "$target" 2>err &
    pyrec=$!
    sleep 0.5
    touch end
    wait $pyrec
    dump
    [ "$(cut -f 4 dump | head -n 1)" = exited ]
    [ "$(stack_samples on)" -gt 50 ]
}

@test "several processes in one stream, each once" {
    python=$(newest_python)
    start_python '
up()
while True: spin("first")'
    one=$target
    start_python '
up()
while True: spin("second")'
    attach -d 1 -p "$one" -p "$target" -p "$one"
    [ "$(grep -c ^section dump)" = 2 ]
    [ "$(section_of first)" = "$one" ]
    [ "$(section_of second)" = "$target" ]
}

@test "--children: those that run, those that come, and only then" {
    python=$(newest_python)
    cat >parent.py <<'P'
import os, subprocess, sys, time
here = "import sys; sys.path.insert(0, %r); from spin import spin; spin('%s', 60)"
early = subprocess.Popen(["sh", "-c", '"$@" & wait', "sh", sys.executable, "-c", here % (sys.argv[1], "early")])
open("up", "w").close()
while not os.path.exists("go"): time.sleep(0.01)
late = subprocess.Popen([sys.executable, "-c", here % (sys.argv[1], "late")])
time.sleep(60)
P
    start "$python" parent.py "$targets"
    wait_for test -e up
    sleep 0.5
    attach -d 0.5 -p "$target"
    [ "$(grep -c ^section dump)" = 1 ]
    timeout 30 pyrec -q -d 3 -o run.prof --children -p "$target" &
    pyrec=$!
    sleep 0.5
    touch go
    wait $pyrec
    dump
    started="$started $(section_of early) $(section_of late)"
    [ "$(grep -c ^section dump)" = 3 ]
    [ "$(stack_samples early)" -gt 100 ] && [ "$(stack_samples late)" -gt 100 ]
    [ "$(section_field "$(section_of late)" 3)" = "$target" ]
}

@test "a target that becomes another program is followed" {
    python=$(newest_python)
    start_python '
up()
while not os.path.exists("go"): spin("before", 0.05)
os.execv(sys.executable, [sys.executable, "-c", "from spin import spin; spin(\"after\", 60)"])'
    timeout 30 pyrec -q -d 3 -o run.prof -p "$target" &
    pyrec=$!
    sleep 0.7
    touch go
    wait $pyrec
    dump
    [ "$(awk -F '\t' '$1 == "section" { print $4 }' dump | sort | tr '\n' ' ')" = "exec running " ]
    [ "$(stack_samples before)" -gt 50 ] && [ "$(stack_samples after)" -gt 50 ]
}

# In a pid namespace of its own, a process stores other thread ids than those seen from outside.
namespace() {
    stop
    rm -f up
    start unshare --pid --fork --mount-proc "$python" -c '
import sys, threading
sys.path.insert(0, sys.argv[1])
from spin import spin
threading.Thread(target=spin, args=("beside", 60), name="second", daemon=True).start()
open("up", "w").close()
spin("inside", 60)' "$targets"
    wait_for test -e up
    target=$(pgrep -P "$target")
    started="$started $target"
    attach -d 1 -r 200 -p "$target" || return 1
    [ "$(stack_samples inside)" -gt 20 ] && [ "$(stack_samples beside)" -gt 20 ]
}

@test "a target in another pid and mount namespace" {
    unshare --pid --fork --mount-proc true 2>/dev/null || skip "no right to make namespaces"
    each_python namespace
}

@test "what is no Python, no process or no number" {
    python=$(newest_python)
    start sleep 60
    run pyrec -o run.prof -p "$target"
    [ "$status" = 1 ] && [ "$output" = "pyrec: pid $target: no CPython in it" ]
    run pyrec --dump -p "$target"
    [ "$status" = 1 ] && [ "$output" = "pyrec: pid $target: no CPython in it" ]
    true &
    gone=$!
    wait $gone
    run pyrec -o run.prof -p $gone
    [ "$status" = 1 ] && [ "$output" = "pyrec: no process $gone" ]
    for wrong in 0 -1 x 12x 99999999999999999999; do
        run pyrec -o run.prof -p $wrong
        [ "$status" = 2 ] && [ "${lines[0]}" = "pyrec: '$wrong': not a process id" ]
    done
    for wrong in "--dump" "--children" "-p $target script.py" "-p $target --wait" "-p $target -c pass"; do
        # shellcheck disable=SC2086 # several arguments
        run pyrec -o run.prof $wrong
        [ "$status" = 2 ]
    done
}

@test "an interpreter that is not known is named" {
    local unknown=
    for python in $(pythons 3.0 3.5) $(pythons 3.16); do
        unknown=$python
        start "$python" -c 'import time; time.sleep(50)'
        sleep 0.5
        run pyrec -o run.prof -p "$target"
        [ "$status" = 1 ]
        [[ $output == "pyrec: pid $target: "* ]]
    done
    [ -n "$unknown" ] || skip "no such interpreter"
}

@test "without the rights, what is missing and what would give it" {
    mkdir -m 755 /tmp/pyrec-attach-$$
    cp "$PYREC_BUILD/pyrec" /tmp/pyrec-attach-$$/
    if [ "$(id -u)" = 0 ]; then
        run setpriv --reuid 65534 --regid 65534 --clear-groups /tmp/pyrec-attach-$$/pyrec -o - -p $$
    else
        run /tmp/pyrec-attach-$$/pyrec -o - -p 1
    fi
    rm -r /tmp/pyrec-attach-$$
    [ "$status" = 1 ]
    [[ $output == "pyrec: pid "*": its memory may not be read: it runs as user 0 and this pyrec as user "* ]]
    [[ $output == *"as root, or with CAP_SYS_PTRACE" ]]
}

hangs() {
    stop
    start_python '
import ctypes
def waiter(): time.sleep(50)
def hold_the_gil(): ctypes.PyDLL(None).sleep(50)
def g():
    yield hold_the_gil()
def outer(): return list(g())
thread = threading.Thread(target=waiter, name="waiter\x1b[31m")
thread.daemon = True
thread.start()
time.sleep(0.2)
up()
outer()'
    sleep 0.3
    timeout 20 pyrec --dump -p "$target" >dump || return 1
    grep -q "^Process $target: .*python" dump || return 1
    grep -q '^Thread [0-9]* "waiter\\x1b\[31m": waiting (most recent call last)$' dump || return 1
    sed -n "/^Thread $target \"MainThread\": waiting, holds the GIL/,/^\$/p" dump | sed -n 's/.*, in //p' |
        grep -v '^CDLL\|^PyDLL' | tr '\n' ' ' >stack
    [ "$(cat stack)" = "<module> outer g hold_the_gil " ] || return 1
    [ "$(awk '/line/' dump | grep -c 'line 8, in hold_the_gil')" = 1 ]
}

@test "--dump shows where a process hangs, the GIL held" {
    PYTHONS="$(pythons 2.7 3.15)" each_python hangs
}

dump_has() {
    timeout 20 pyrec --dump -p "$target" >dump && grep -q "$1" dump
}

wants_gil() {
    stop
    start_python '
import ctypes
def want_the_gil():
    while True: time.sleep(0.05)
thread = threading.Thread(target=want_the_gil, name="the wanter")
thread.daemon = True
thread.start()
up()
ctypes.PyDLL(None).sleep(50)'
    wait_for dump_has '^Thread [0-9]* "the wanter": waiting for the GIL (most recent call last)$'
    dump_has '"MainThread": waiting, holds the GIL '
}

@test "--dump shows who waits for the GIL" {
    PYTHONS="$(pythons 3.7 3.15)" each_python wants_gil
}

@test "--dump of a process that is stopped, and of one that never stands still" {
    python=$(newest_python)
    start "$python" "$tests/oracle/programs/chains.py" 50
    sleep 0.3
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        timeout 20 pyrec --dump -p "$target" >dump
        grep -q "Thread $target \"MainThread\": running, holds the GIL" dump
        [ "$(grep -c 'in main$' dump)" = 1 ]
    done
    kill -STOP "$target"
    timeout 20 pyrec --dump -p "$target" >once
    timeout 20 pyrec --dump -p "$target" >again
    kill -CONT "$target"
    grep -q 'in main$' once
    diff once again
}

@test "the stream goes through a pipe as any other" {
    python=$(newest_python)
    start_python '
up()
while True: spin("piped")'
    timeout 30 pyrec -q -d 1 -p "$target" | pymerge --thread MainThread | pyrender --collapsed >collapsed
    grep -q piped collapsed
}
