#!/usr/bin/env bats
# What was built for aarch64, under qemu-user: started by tests/aarch64.  There a guest's exec is the host's, so it is
# pyrec of the host that listens, and qemu that is told to preload the guest's agent.

setup() {
    tests=$BATS_TEST_DIRNAME/..
    libraries=$AARCH64_ROOT/lib/aarch64-linux-gnu:$AARCH64_ROOT/usr/lib/aarch64-linux-gnu
    cd "$BATS_TEST_TMPDIR" || exit 1
}

emulated() {
    timeout 300 qemu-aarch64 -L "$AARCH64_ROOT" -E LD_LIBRARY_PATH="$libraries" "$@"
}

# record RATE ARGUMENT...: the guest's python3 under its own agent, into run.prof.
record() {
    local rate=$1
    shift
    export AARCH64_ROOT AARCH64_BUILD libraries
    # shellcheck disable=SC2016 # for the inner shell, which the host's agent has taken the variable from
    timeout 120 "$PYREC_BUILD/pyrec" -q -r "$rate" -o run.prof -- sh -c '
        variable=$(tr "\0" "\n" </proc/$$/environ | sed -n s/^PYREC_AGENT=//p)
        exec qemu-aarch64 -L "$AARCH64_ROOT" -E LD_LIBRARY_PATH="$libraries" -E PYREC_AGENT="$variable" \
            -E LD_PRELOAD="$AARCH64_BUILD/libpyrec-agent.so" "$AARCH64_ROOT"/usr/bin/python3.11 "$@"' sh "$@"
}

# (Not mem_test, which has the kernel refuse system calls by their number.)
@test "unit tests that start no interpreter" {
    local name
    for name in block cursor column reader writer rewrite golden damage ring sha256 lines map tree live; do
        if [ -x "$AARCH64_BUILD/tests/${name}_test" ]; then
            (cd "$tests/.." && emulated "$AARCH64_BUILD/tests/${name}_test") || return 1
        fi
    done
}

@test "stacks are those that the program can have" {
    record 1000 "$tests/targets/parallel.py"
    emulated "$AARCH64_BUILD/tests/stream_dump" run.prof >dump
    awk -F '\t' '
        $1 == "stack" && $5 ~ /;(left|right)/ {
            other = $3 == "left" ? "right" : "left"
            if ($5 ~ ";" other "(_[abc])?(;|$)") { print "impossible:", $3, $5; bad++ }
            if ($5 ~ "_c(;|$)" && $5 !~ $3 ";" $3 "_a;" $3 "_b;.*" $3 "_c$") { print "impossible:", $5; bad++ }
            seen[$3] += $4
        }
        END { if (bad || seen["left"] < 20 || seen["right"] < 20) { print seen["left"], seen["right"]; exit 1 } }' dump
}

@test "the tools show it" {
    record 100 "$tests/targets/parallel.py"
    emulated "$AARCH64_BUILD/pymerge" run.prof >merged.prof
    emulated "$AARCH64_BUILD/pyrender" --collapsed run.prof | grep -q left_a
    [ -s merged.prof ]
}
