#!/usr/bin/env bats
# needs: agent
# The agent alone, without pyrec: unit/agent_dump.c starts programs under it and prints what their rings hold.
# shellcheck disable=SC2154 # python is set by each_python

# shellcheck source=tests/pythons.bash
source "$BATS_TEST_DIRNAME/pythons.bash"
targets=$BATS_TEST_DIRNAME/targets

setup_file() {
    export PYREC_BUILD=${PYREC_BUILD:-$BATS_TEST_DIRNAME/../build}
    PYTHONS=$(pythons 3.8 3.15)
    [ -n "$PYTHONS" ]
    export PYTHONS
}

setup() {
    cd "$BATS_TEST_TMPDIR" || exit 1
}

each_python() {
    for python in $PYTHONS; do
        "$@" || {
            echo "# failed with $python" >&2
            return 1
        }
    done
}

# under_agent PERIOD COMMAND...: runs a command under the agent, what was sampled goes to the file dump; at most a minute.
under_agent() {
    local period=$1
    shift
    timeout -k 1 60 "$PYREC_BUILD/tests/agent_dump" "$PYREC_BUILD/libpyrec-agent.so" "$period" dump "$@"
}

# samples_in FUNCTION: how many samples have it in their stack.
samples_in() {
    awk -v name="$1" '$1 == "sample" && index(";" $6, ";" name ":") { n++ } END { print n + 0 }' dump
}

# A thread's stacks are its own, and its name is known.
crowd() {
    under_agent 1000000 "$python" "$targets/crowd.py" || return 1
    awk '
        $1 == "thread" && split($0, quoted, "\"") && quoted[2] ~ /^the one to / {
            named[$3] = substr(quoted[2], 12)
        }
        $1 == "sample" { samples[$3]++; if ($6 ~ /;(stay|doze|digest|pass_by):/) { split($6, frames, ";"); ran[$3] = ran[$3] " " $6 } }
        $1 == "ended" { ended++ }
        END {
            for (id in named) {
                known++
                gsub(/:[0-9-]+/, "", ran[id])
                others = ran[id]
                gsub(";" named[id], "", others)
                if (others ~ /;(stay|doze|digest|pass_by)/) { print "thread", id, named[id], "ran", others; exit 1 }
                if (ran[id] !~ ";" named[id]) { print "thread", id, "did not", named[id]; exit 1 }
            }
            if (known != 3 || ended < 10) { print known, "threads named,", ended, "ended"; exit 1 }
        }' dump
}

@test "threads that come, go and stay, with their names" {
    each_python crowd
}

deep() {
    under_agent 5000000 "$python" "$targets/flip.py" 50 || return 1
    # module, 1501 calls, and once or twice the clock's
    awk '$1 == "sample" { n = split($6, frames, ";"); if (n == 1502) whole++; if (n > 1502) bad++ }
        /^nonsense/ { bad++ } END { if (bad || whole < 3) { print whole + 0, "whole stacks,", bad + 0, "bad"; exit 1 } }' dump
}

@test "stacks of 1,500 frames that change from the root" {
    each_python deep
}

# A reader that sleeps until the end finds what was there when the ring was full, whole; the rest is counted.
overflows() {
    AGENT_DUMP_SLEEPS=1 under_agent 1000000 "$python" "$targets/flip.py" 150 || return 1
    awk '/^nonsense/ { exit 1 } $1 == "end" { exit $4 > 100 && $6 > 50 ? 0 : 1 }' dump
}

@test "a full ring drops and counts" {
    python=$(tail -n 1 <<<"$PYTHONS") overflows
}

inside() {
    env -u LD_PRELOAD "$python" "$targets/inside.py" >alone 2>&1
    env -u LD_PRELOAD -- "$PYREC_BUILD/tests/agent_dump" "$PYREC_BUILD/libpyrec-agent.so" 1000000 dump \
        "$python" "$targets/inside.py" >under 2>&1 || return 1
    diff alone under || return 1
    LD_PRELOAD=libm.so.6 "$python" "$targets/inside.py" >alone 2>&1
    LD_PRELOAD=libm.so.6 "$PYREC_BUILD/tests/agent_dump" "$PYREC_BUILD/libpyrec-agent.so" 1000000 dump \
        "$python" "$targets/inside.py" >under 2>&1 || return 1
    diff alone under || return 1
    [ "$(grep -c ^hello dump)" = 2 ]
}

@test "the program sees nothing of the agent" {
    each_python inside
}

# started WAY: the child is sampled, and has the environment it was given.
started() {
    "$python" "$targets/start.py" "$1" >alone || return 1
    under_agent 1000000 "$python" "$targets/start.py" "$1" >under || return 1
    diff alone under || return 1
    [ "$(samples_in spin)" -gt 0 ]
}

@test "the agent follows whatever starts a program" {
    for way in subprocess shell system popen posix_spawn posix_spawnp execv execve fexecve execl execle env; do
        each_python started $way || {
            echo "# by $way" >&2
            false
        }
    done
}

become() {
    under_agent 1000000 "$python" "$targets/become.py" || return 1
    # one process, two programs: the first ends in exec (2), the second by exit (1), in spite of an exec that failed
    [ "$(awk '$1 == "hello" { print $2 }' dump | sort -u | wc -l)" = 1 ] || return 1
    [ "$(awk '$1 == "end" { print $3 }' dump | tr '\n' ' ')" = "2 1 " ]
}

@test "exec in a thread" {
    each_python become
}

outlive() {
    under_agent 1000000 timeout -k 1 20 "$python" "$targets/outlive.py" || return 1
    [ "$(samples_in outlive)" -gt 2 ]
}

@test "a process whose main thread has ended ends with its last thread" {
    each_python outlive
}

killed() {
    local status=0
    under_agent 1000000 "$python" -c 'import os, time
end = time.process_time() + 0.3
def spin():
    while time.process_time() < end: pass
spin()
os.kill(os.getpid(), 9)' || status=$?
    [ $status = 137 ] && [ "$(samples_in spin)" -gt 2 ] && grep -q '^end [0-9]* 0 ' dump
}

@test "kill -9 loses nothing" {
    each_python killed
}

@test "an interpreter that the agent does not know runs unprofiled" {
    make_unknown || skip "no CPython 3.11 found"
    [ "$(under_agent 1000000 ./unknown -c 'print(6 * 7)')" = 42 ]
    grep -q '^hello [0-9]* [0-9]* 2 0 ".*" ".*[a-z].*"' dump
}

@test "without a pyrec that listens, the program runs" {
    python=$(tail -n 1 <<<"$PYTHONS")
    run env LD_PRELOAD="$(realpath "$PYREC_BUILD/libpyrec-agent.so")" \
        PYREC_AGENT=nobody:00112233445566778899aabbccddeeff:1000000 \
        "$python" -c 'import os; print(len(os.listdir("/proc/self/task")), "PYREC_AGENT" in os.environ)'
    [ "$status" = 0 ] && [ "$output" = "1 False" ]
}

@test "nonsense in PYREC_AGENT does no harm" {
    python=$(tail -n 1 <<<"$PYTHONS")
    for value in "" : a:b:c nobody:00112233445566778899aabbccddeeff: nobody:zz:1 "$(printf 'x%.0s' {1..300})::"; do
        run env LD_PRELOAD="$(realpath "$PYREC_BUILD/libpyrec-agent.so")" PYREC_AGENT="$value" "$python" -c 'print(1)'
        [ "$status" = 0 ] && [ "$output" = 1 ]
    done
}
