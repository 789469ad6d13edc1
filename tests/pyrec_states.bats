#!/usr/bin/env bats
# needs: agent
# What a sample says of its thread besides the stack: on a CPU, has the GIL, waits for it, collects garbage.
# shellcheck disable=SC2154 # python, tests and targets come from pyrec.bash

load pyrec.bash

# Bits of a sample's flags, as numbers (pyprof(5)).
on_cpu=1 has_gil=2 waits=4 in_gc=8 unknown=128

# states: the samples of run.prof by thread and flags, as lines THREAD FLAGS COUNT, into states.
states() {
    "$PYREC_BUILD/tests/stream_list" <run.prof |
        awk '$1 == "run" { n[$3 " " $6] += $5 } END { for (i in n) print i, n[i] }' >states
}

# count THREAD BIT: its samples with that bit; BIT 0 stands for all of them.
count() {
    awk -v name="$1" -v bit="$2" '$1 == name && (!bit || int($2 / bit) % 2) { n += $3 } END { print n + 0 }' states
}

# at_least THREAD BIT PERCENT: that share of the thread's samples have the bit; at_most likewise.
at_least() {
    [ $((100 * $(count "$1" "$2"))) -ge $(($3 * $(count "$1" 0))) ]
}
at_most() {
    [ $((100 * $(count "$1" "$2"))) -le $(($3 * $(count "$1" 0))) ]
}

# Who waits neither runs nor has the GIL; who collects has it; what is known is not unknown.
check_flags() {
    awk 'int($2 / 4) % 2 && ($2 % 2 || int($2 / 2) % 2) || int($2 / 8) % 2 && !(int($2 / 2) % 2) || $2 >= 128 {
        print "# samples with flags that cannot be: " $0 >"/dev/stderr"
        exit 1
    }' states
}

# want CHECK...: says which one failed, as each_python knows no `set -e`.
want() {
    "$@" || {
        echo "# not so: $*" >&2
        sed 's/^/# /' states >&2
        return 1
    }
}

# What gil.py's threads do.  Of three threads that want the GIL, one has it.
check_states() {
    local name
    states
    check_flags || return 1
    for name in busy-1 busy-2; do
        want at_least $name $waits 40 && want at_least $name $has_gil 15 && want at_most $name $in_gc 0 || return 1
    done
    want at_least collect $waits 20 && want at_least collect $in_gc 15 || return 1
    for name in sleep lock; do
        want at_most $name $waits 10 && want at_most $name $has_gil 10 && want at_most $name $on_cpu 10 || return 1
    done
}

record_states() {
    record "$targets/gil.py" && check_states
}

@test "who has the GIL, waits for it, sleeps or collects garbage is known of each sample" {
    PYTHONS=$(pythons 3.7 3.15)
    each_python record_states
}

@test "pymerge chooses by state" {
    python=$(newest_python)
    record "$targets/gil.py"
    cp run.prof whole.prof
    for bit in $on_cpu:cpu $has_gil:gil $waits:gil-wait $in_gc:gc; do
        cp whole.prof run.prof
        states
        expected=$(awk -v bit="${bit%:*}" '$2 < 16 && int($2 / bit) % 2 { n += $3 } END { print n + 0 }' states)
        pymerge --state "${bit#*:}" -o run.prof whole.prof
        states
        [ "$(awk '$2 < 16 { n += $3 } END { print n + 0 }' states)" -eq "$expected" ]
        [ "$expected" -gt 0 ]
    done
}

@test "the same is known of a process that runs already" {
    for python in $(pythons 3.7 3.7) $(newest_python); do
        "$python" "$targets/gil.py" &
        wait_for pyrec --dump -p $!
        timeout 60 pyrec -o run.prof -p $! 2>err
        check_states
        wait
    done
}

# only OPTION STATE BIT: all samples that pyrec keeps with that option have that bit, and the others are removed.
only() {
    record "$1" "$targets/gil.py"
    pymerge --state "$2" -o again.prof run.prof
    sums() { "$PYREC_BUILD/tests/stream_list" <"$1" | awk '$1 == "SAMPLES" { a += $4; b += $6 } END { print a + 0, b + 0 }'; }
    read -r kept removed <<<"$(sums run.prof)"
    [ "$kept" -gt 100 ]
    [ "$removed" -gt 1000 ]
    [ "$(sums again.prof)" = "$kept $removed" ]
    grep -q "^pyrec: $kept samples at .*, $removed left out" err
    "$PYREC_BUILD/tests/stream_list" <run.prof | grep -q "^SECTION .* --state $2$"
    states
    # Each thread's rounds are there, kept or removed.
    [ "$(count sleep 0)" -gt 500 ]
    [ "$(awk -v bit="$3" '$2 < 16 && !(int($2 / bit) % 2)' states)" = "" ]
    dump
}

@test "--cpu-only and --gil-only keep what they say and count the rest as removed" {
    python=$(newest_python)
    only --cpu-only cpu $on_cpu
    only --gil-only gil $has_gil
}

# Before 3.7 the GIL is where no symbol leads.
record_unknown() {
    local name
    record "$targets/gil.py" || return 1
    states
    want at_least busy-1 $unknown 30 || return 1
    for name in busy-1 busy-2 sleep lock collect; do
        want at_most $name $waits 0 || return 1
    done
}

@test "where waiting cannot be known, the samples say so" {
    PYTHONS=$(pythons 2.7 3.6)
    [ -n "$PYTHONS" ] || skip "no python older than 3.7"
    each_python record_unknown
}
