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

# Prints the path of the interpreter's shared library, if it has one.
library_of() {
    "$1" -c '
import os, sysconfig
path = os.path.join(sysconfig.get_config_var("LIBDIR"), sysconfig.get_config_var("INSTSONAME") or "")
print(path if path.endswith(".so.1.0") and os.path.exists(path) else "")'
}

# in_late COMMAND...: runs it with $library and what it needs, for interpreters that have one.
in_late() {
    local library home
    library=$(library_of "$python")
    [ -n "$library" ] || return 0
    home=$("$python" -c 'import sys; print(sys.base_prefix)')
    PYTHONHOME=$home "$@" && dump && [ "$(stack_samples left_b)" -gt 20 ] && tried=$((tried + 1))
}

late_launched() {
    timeout 60 pyrec -o run.prof -- ./late "$library" "$targets/parallel.py" 2>err
}

late_stripped() {
    strip -o stripped.so "$library"
    timeout 60 pyrec -o run.prof -- ./late "$PWD/stripped.so" "$targets/parallel.py" 2>err
}

late_attached() {
    timeout 60 ./late "$library" "$targets/parallel.py" &
    sleep 0.2
    timeout 60 pyrec -o run.prof -p "$(pgrep -P $!)" 2>err
    wait $!
}

@test "an interpreter that is loaded late" {
    local tried=0
    "${CC:-cc}" -o late "$targets/late.c" -ldl
    PYTHONS=$(pythons 3.8 3.15)
    each_python in_late late_launched
    each_python in_late late_stripped
    each_python in_late late_attached
    [ "$tried" -gt 0 ] || skip "no shared libpython found"
}

in_venv() {
    "./$1/bin/python" -c 'import sys; sys.exit(sys.prefix == sys.base_prefix)' || return 1
    timeout 60 pyrec -o run.prof --python "./$1/bin/python" "$targets/parallel.py" 2>err && dump || return 1
    [ "$(stack_samples left_b)" -gt 20 ]
}

@test "virtual environments, uv's too" {
    python=$(pythons 3.8 3.15 | tail -n 1)
    "$python" -m venv --without-pip plain
    in_venv plain
    if command -v uv >/dev/null; then
        uv -q --offline venv --python "$python" by-uv
        in_venv by-uv
    fi
}

interpreters() {
    record "$@" "$targets/interpreters.py" && dump || return 1
    awk -F '\t' '
        $1 == "stack" && $5 ~ /(^|;)compute(;|$)/ && $5 !~ /;work;.*;<module>;compute(;outer(;inner(;inner.<locals>.<genexpr>)?)?)?$/ {
            print "impossible:", $5
            bad++
        }
        $1 == "stack" && $5 ~ /;compute/ { seen[$3] += $4 }
        END { if (bad || seen["worker 0"] < 20 || seen["worker 1"] < 20) { print seen["worker 0"], seen["worker 1"]; exit 1 } }' dump ||
        return 1
    # A free-threaded build has no GIL to hold.
    case $python in *t) return ;; esac
    pymerge --state gil run.prof >gil.prof && dump gil.prof && [ "$(stack_samples compute)" -gt 40 ]
}

@test "interpreters with GILs of their own in one process" {
    PYTHONS=$(all_pythons 3.13 3.15)
    [ -n "$PYTHONS" ] || skip "no CPython from 3.13 on found"
    each_python interpreters -r 1000
    each_python interpreters -r 10000
}

# A libc that tells nobody where its threads run, as glibc before 2.35 and musl do not.
@test "without rseq, launched and attached" {
    export GLIBC_TUNABLES=glibc.pthread.rseq=0
    PYTHONS=$(pythons 3.8 3.15 | tail -n 1)
    each_python parallel -r 1000
    each_python parallel -r 10000
    each_python attached
}

attached() {
    "$python" "$targets/parallel.py" &
    wait_for grep -q python "/proc/$!/comm"
    timeout 60 pyrec -o run.prof -p $! 2>err
    wait $! && dump && [ "$(stack_samples left_b)" -gt 20 ]
}

# What the runtime publishes of itself is changed, as a later point release might.
changed() {
    local library home
    library=$(library_of "$python")
    [ -n "$library" ] || return 0
    LC_ALL=C sed 's/xdebugpy/xdebugpz/g' "$library" >changed.so
    home=$("$python" -c 'import sys; print(sys.base_prefix)')
    [ "$(PYTHONHOME=$home timeout 60 pyrec -o run.prof -- ./late "$PWD/changed.so" -c 'print(6 * 7)' 2>err)" = 42 ] || return 1
    grep 'layout' err && tried=$((tried + 1))
}

@test "an interpreter that publishes another layout is refused at once, and runs" {
    local tried=0
    "${CC:-cc}" -o late "$targets/late.c" -ldl
    PYTHONS=$(pythons 3.13 3.15)
    each_python changed
    [ "$tried" -gt 0 ] || skip "no shared libpython from 3.13 on found"
}

@test "a program of another libc takes the agent" {
    command -v musl-gcc >/dev/null || skip "no musl-gcc"
    musl-gcc -o other "$targets/late.c" || skip "musl-gcc does not work"
    run timeout 60 pyrec -o run.prof -- ./other
    [ "$status" = 1 ]
    grep -q '^late: what library?' <<<"$output"
    ! grep -i relocating <<<"$output"
}

@test "the agent needs no libc younger than 2.28" {
    objdump -T "$PYREC_BUILD/libpyrec-agent.so" >symbols
    grep -q GLIBC_2.2.5 symbols || grep -q GLIBC_2.17 symbols || skip "not built for glibc"
    ! grep -E 'GLIBC_2\.(29|[3-9][0-9])' symbols
}
