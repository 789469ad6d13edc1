#!/usr/bin/env bats
# needs: agent
# Recordings that begin later, pause and go on.
# shellcheck disable=SC2154 # python, tests and targets come from pyrec.bash

load pyrec.bash

# steps.py NAME...: spins in a function of each name in turn, from when the file NAME is there until NAME.end is.
make_steps() {
    cat >steps.py <<'END'
import os, sys, time
for name in sys.argv[1:]:
    while not os.path.exists(name):
        time.sleep(0.01)
    code = "def %s():\n    while not exists('%s.end'):\n        sum(range(200))\n" % (name, name)
    scope = {"exists": os.path.exists}
    exec(compile(code, name + ".py", "exec"), scope)
    open(name + ".begun", "w").close()
    scope[name]()
    open(name + ".ended", "w").close()
END
}

# step NAME SECONDS: lets steps.py do that step for so long, and waits until it has.
step() {
    touch "$1"
    wait_for test -e "$1.begun"
    sleep "$2"
    touch "$1.end"
    wait_for test -e "$1.ended"
}

# Switches of the sampler in a second, below process $1.
sampler_switches() {
    local task before
    for task in /proc/"$1"/task/*; do
        [ "$(cat "$task/comm")" = pyrec ] && break
    done
    before=$(awk '/^voluntary/ { print $2 }' "$task/status")
    sleep 1
    echo $(($(awk '/^voluntary/ { print $2 }' "$task/status") - before))
}

@test "SIGUSR2 pauses and SIGUSR1 goes on: what was in between has no samples and no time" {
    python=$(newest_python)
    make_steps
    pyrec -o run.prof --python "$python" steps.py first hidden last 2>err &
    pyrec=$!
    step first 0.3
    kill -USR2 $pyrec
    sleep 1 # the signal has to arrive
    touch hidden
    wait_for test -e hidden.begun
    [ "$(sampler_switches "$(pgrep -P $pyrec)")" -lt 20 ]
    touch hidden.end
    wait_for test -e hidden.ended
    kill -USR1 $pyrec
    sleep 0.5
    step last 0.3
    wait $pyrec
    dump
    [ "$(stack_samples first)" -gt 0 ]
    [ "$(stack_samples last)" -gt 0 ]
    [ "$(stack_samples hidden)" -eq 0 ]
    "$PYREC_BUILD/pyrender" run.prof >report
    grep -qE '^Paused    [12]\.[0-9]+ s$' report
    [ "$(grep -c '^Filtered' report)" -eq 0 ]
    # What the samples do not stand for, of all the time between the first and the last, is the pause.
    "$PYREC_BUILD/tests/stream_tracks" <run.prof | awk -F '\t' '
        $1 == "process" { period = $3 }
        $1 == "thread" { life = $4 * period }
        $1 == "stack" { life -= $5 }
        END { print "# " life " ns are missing"; exit !(life > 1.5e9) }'
    grep -qE "^pyrec: [0-9]+ samples at [0-9.]+ of 1000 Hz, .* [0-9]+ left out" err
}

@test "--delay begins later; -d counts from there" {
    python=$(newest_python)
    make_steps
    pyrec --delay inf -d 1 -o run.prof --python "$python" steps.py first second 2>err &
    pyrec=$!
    step first 0.3
    touch second
    wait_for test -e second.begun
    kill -USR1 $pyrec
    wait_for grep -q "samples" err # the end of -d, while the program goes on
    [ ! -e second.ended ]
    touch second.end
    wait $pyrec
    dump
    [ "$(stack_samples first)" -eq 0 ]
    [ "$(stack_samples second)" -gt 0 ]
    [ "$(section_field "$(section_of second)" 4)" = running ]

    record --delay 0.5s -c 'import time; time.sleep(1)'
    dump
    [ "$("$PYREC_BUILD/tests/stream_list" <run.prof | awk '$1 == "run" && $6 < 16 { print ($4 >= 500e6); exit }')" = 1 ]
    record --delay 3600 -c pass
    grep -q "^pyrec: 0 samples" err
    dump
}

@test "so it is with processes that run already" {
    python=$(newest_python)
    make_steps
    "$python" steps.py first second &
    program=$!
    wait_for pyrec --dump -p $program
    pyrec --delay inf -o run.prof -p $program 2>err &
    pyrec=$!
    step first 0.3
    touch second
    wait_for test -e second.begun
    kill -USR1 $pyrec
    sleep 1
    touch second.end
    wait $program $pyrec
    dump
    [ "$(stack_samples first)" -eq 0 ]
    [ "$(stack_samples second)" -gt 0 ]
}
