#!/usr/bin/env bats
# needs: agent
# How recordings end: by the program's death, pyrec's, a signal, a key, a time.
# shellcheck disable=SC2016,SC2154 # programs in quotes; python, tests and targets come from pyrec.bash

load pyrec.bash

killed() {
    local status=0
    record -c "
import os, signal, sys
sys.path.insert(0, '$targets')
from spin import spin
spin('spin_before', 0.5)
$1" || status=$?
    [ $status -eq "$2" ] && dump || return 1
    [ "$(stack_samples spin_before)" -gt 50 ] && [ "$(section_field "$(section_of spin_before)" 5)" = "$3" ]
}

@test "a program killed by -9, a crash or os._exit loses nothing that was sampled" {
    each_python killed 'os.kill(os.getpid(), signal.SIGKILL)' 137 9
    ulimit -c 0
    each_python killed 'os.kill(os.getpid(), signal.SIGSEGV)' 139 11
    each_python killed 'os._exit(3)' 3 768
}

@test "a pyrec killed by -9 leaves the program running and the stream readable" {
    python=$(newest_python)
    PYTHONPATH=$targets pyrec -o run.prof --python "$python" -c '
from spin import spin
import os
spin("spin_on", 3)
open("spun", "w").close()
while not os.path.exists("gone"): spin("spin_after", 0.1)
open("finished", "w").close()
' 2>err &
    pyrec=$!
    wait_for test -e spun
    kill -9 $pyrec
    touch gone
    wait_for test -e finished
    dump
    [ "$(stack_samples spin_on)" -gt 0 ]
    [ "$(cut -f 4 dump | head -n 1)" = unknown ]
}

@test "while pyrec is stopped samples wait, then are dropped and counted; the program does not notice" {
    python=$(newest_python)
    pyrec -o run.prof --python "$python" -c '
import os, time
def one(n): return one(n - 1) if n else time.sleep(0.001)
def other(n): return other(n - 1) if n else time.sleep(0.001)
def dive(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        one(400), other(400) # 400 new frames a sample
dive(0.5)
open("stop", "w").close()
while not os.path.exists("go"): dive(0.1)
dive(0.5)' 2>err &
    pyrec=$!
    wait_for test -e stop
    kill -STOP "$pyrec"
    sleep 4
    touch go
    kill -CONT "$pyrec"
    wait $pyrec
    grep -qE ' [1-9][0-9]* dropped \([0-9]+ missed, [1-9][0-9]* overflow\)' err
    dump
    [ "$(stack_samples dive)" -gt 100 ]
}

@test "signals sent to pyrec reach the program" {
    python=$(newest_python)
    for name in INT QUIT TERM HUP; do
        rm -f ready
        # A shell's background jobs ignore SIGINT and SIGQUIT; the program must not inherit that here.
        "$python" -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL); signal.signal(signal.SIGQUIT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' pyrec -q -o run.prof --python "$python" -c "
import signal, sys, time
def end(number, frame): sys.exit(40)
signal.signal(signal.SIG$name, end)
open('ready', 'w').close()
while True: time.sleep(0.05)
" &
        pyrec=$!
        wait_for test -e ready
        kill -$name $pyrec
        status=0
        wait $pyrec || status=$?
        [ "$status" -eq 40 ]
        dump
        [ "$(cut -f 4 dump | head -n 1)" = exited ]
    done
}

@test "Ctrl-C interrupts the program as ever, and the stream is whole" {
    python=$(newest_python)
    status=0
    timeout 60 "$python" "$targets/in_terminal.py" '\x03' ready pyrec -o run.prof --python "$python" -c '
import time
print("ready", flush=True)
while True: time.sleep(0.05)
' >out || status=$?
    [ "$status" -eq 130 ]
    [ "$(grep -c KeyboardInterrupt out)" -eq 1 ]
    grep -q "^pyrec: [0-9]* samples" out
    dump
    [ "$(section_field "$(cut -f 2 dump | head -n 1)" 5)" = 2 ]
}

@test "Ctrl-C that the program handles ends nothing" {
    python=$(newest_python)
    timeout 60 "$python" "$targets/in_terminal.py" '\x03' ready pyrec -o run.prof --python "$python" -c '
import time
try:
    print("ready", flush=True)
    time.sleep(30)
except KeyboardInterrupt:
    time.sleep(0.3)
    print("went on")
' >out
    grep -q "went on" out
    dump
}

@test "Ctrl-Z stops pyrec with its program, and both go on" {
    python=$(newest_python)
    timeout 60 "$python" "$targets/in_terminal.py" '\x1a' ready bash -c '
set -m
pyrec -q -o run.prof --python "$0" -c "
import time
print(\"ready\", flush=True)
time.sleep(1)
print(\"went on\")"
echo "stopped: $?"
fg >/dev/null
echo "ended: $?"' "$python" >out
    grep -q "stopped: 148" out
    grep -q "went on" out
    grep -q "ended: 0" out
    dump
}

@test "-d ends the stream, not the program" {
    python=$(newest_python)
    cat >until_read.py <<'END'
import os, sys, time
while not os.path.exists("read"): time.sleep(0.02)
sys.exit(6)
END
    # The program ends only after its reader has seen the end of the stream.
    status=0
    timeout 60 bash -c 'pyrec -d 0.5 -o - --python "$0" until_read.py 2>err | { cat >run.prof; touch read; }
exit "${PIPESTATUS[0]}"' "$python" || status=$?
    [ "$status" -eq 6 ]
    dump
    [ "$(cut -f 4 dump | head -n 1)" = running ]
    [ "$(wc -l <err)" -eq 1 ]
}

@test "-d longer than the program" {
    python=$(newest_python)
    record -d 30 -c pass
    dump
    [ "$(cut -f 4 dump | head -n 1)" = exited ]
}
