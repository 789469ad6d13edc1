#!/usr/bin/env bats
# needs: agent
# Interpreters that were built, installed or started in another way than most.
# shellcheck disable=SC2154 # python, tests and targets come from pyrec.bash

load pyrec.bash

setup_file() {
    export PYREC_BUILD=${PYREC_BUILD:-$BATS_TEST_DIRNAME/../build}
}

# only_builds PATTERN: each_python goes through the interpreters of such builds; skips the test if there is none.
only_builds() {
    PYTHONS=$(_pythons "$1" 2.7 3.15)
    [ -n "$PYTHONS" ] || skip "no $1 CPython found"
}

# Each thread of targets/parallel.py has samples, and only of its own functions.
parallel() {
    record "$@" "$targets/parallel.py" && dump || return 1
    awk -F '\t' '
        $1 == "stack" && $5 ~ /;(left|right)/ {
            other = $3 == "left" ? "right" : "left"
            if ($5 ~ ";" other "(_[abc])?(;|$)") { print "impossible:", $3, $5; bad++ }
            if ($5 ~ "_c(;|$)" && $5 !~ $3 ";" $3 "_a;" $3 "_b;.*" $3 "_c$") { print "impossible:", $5; bad++ }
            seen[$3] += $4
        }
        END { if (bad || seen["left"] < 50 || seen["right"] < 50) { print seen["left"], seen["right"]; exit 1 } }' dump
}

@test "debug builds" {
    only_builds debug
    each_python parallel -r 1000
}

@test "free-threaded builds: threads that run side by side" {
    only_builds free-threaded
    each_python parallel -r 1000
    each_python parallel -r 10000
}
