#!/usr/bin/env bats
# The tables of record/cpython/ against the headers of every interpreter found (tests/layout_check.c), which is
# compiled here, as each needs headers of its own.  Interpreters without headers are told and left out.

setup() {
    cd "$BATS_TEST_DIRNAME/.." || return 1
    . tests/pythons.bash
}

@test "every number of a layout is that of the interpreter's headers" {
    local python headers checked=0
    for python in $(pythons 2.7 3.15); do
        headers=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
        if [ ! -e "$headers/Python.h" ]; then
            echo "# no headers: $python" >&3
            continue
        fi
        "${CC:-cc}" -std=gnu11 -w -I. -isystem "$headers" -isystem "$headers/internal" \
            -isystem "${headers%/*}" -o "$BATS_TEST_TMPDIR/layout_check" tests/layout_check.c record/cpython/layout*.c
        run "$BATS_TEST_TMPDIR/layout_check"
        if [ "$status" -ne 0 ]; then
            grep '^not ok' <<<"$output" | sed "s|^|$python: |"
            return 1
        fi
        checked=$((checked + 1))
    done
    [ "$checked" -gt 0 ] || skip "no interpreter with headers"
}
