#!/usr/bin/env bats
# The tables of record/cpython/ against the headers of every interpreter found (tests/layout_check.c), which is
# compiled here, as each needs headers of its own.  Interpreters without headers are told and left out.

setup() {
    cd "$BATS_TEST_DIRNAME/.." || return 1
    . tests/pythons.bash
}

# check PYTHON [FLAG...]: whether the table is right; FLAGs make a release build's headers those of another build.
check() {
    local python=$1 headers
    shift
    headers=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
    if [ ! -e "$headers/Python.h" ]; then
        echo "# no headers: $python" >&3
        return
    fi
    "${CC:-cc}" -std=gnu11 -w -I. -isystem "$headers" -isystem "$headers/internal" -isystem "${headers%/*}" "$@" \
        -o "$BATS_TEST_TMPDIR/layout_check" tests/layout_check.c record/cpython/layout*.c || return 1
    run "$BATS_TEST_TMPDIR/layout_check"
    if [ "$status" -ne 0 ]; then
        grep '^not ok' <<<"$output" | sed "s|^|$python $*: |"
        return 1
    fi
    checked=$((checked + 1))
}

@test "every number of a layout is that of the interpreter's headers" {
    local python checked=0
    for python in $(all_pythons 2.7 3.15); do
        check "$python"
    done
    [ "$checked" -gt 0 ] || skip "no interpreter with headers"
}

@test "the layouts of debug builds are those of the headers with Py_DEBUG" {
    local python checked=0
    for python in $(pythons 2.7 3.15); do
        check "$python" -DPy_DEBUG
    done
    [ "$checked" -gt 0 ] || skip "no interpreter with headers"
}

@test "the layouts of free-threaded builds are those of the headers with Py_GIL_DISABLED" {
    local python checked=0
    for python in $(pythons 3.13 3.15); do
        check "$python" -DPy_GIL_DISABLED
    done
    [ "$checked" -gt 0 ] || skip "no interpreter from 3.13 on with headers"
}
