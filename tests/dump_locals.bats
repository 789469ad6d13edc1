#!/usr/bin/env bats
# pyrec --dump --locals: what local variables hold, read out of memory, whatever lies there.
# shellcheck disable=SC2154 # python, tests and targets come from pyrec.bash

load pyrec.bash

# Shows a value's line in the dump.
value() {
    sed -n "s/^      $1 = //p" shown
}

# is NAME VALUE: the dump shows the variable so; all that is not so is told.
is() {
    [ "$(value "$1")" = "$2" ] || {
        echo "# $1 is $(value "$1"), not $2" >&2
        return 1
    }
}

dump_locals() {
    timeout 20 pyrec --dump --locals -p "$program" >shown
}

# The program in locals.py as a dump, into shown.
show_locals() {
    rm -f ready
    "$python" "$targets/locals.py" &
    program=$!
    local status=0
    wait_for test -e ready && wait_for dump_locals || status=1
    kill -9 $program # its objects lie: it must not clean up
    wait $program 2>/dev/null || true
    return $status
}

check_locals() {
    local x
    show_locals || return 1
    grep -q 'in inner$' shown && is argument "'first'" && is default 5 && is rest '()' && is nothing None &&
        is yes True && is no False && is zero 0 && is one 1 && is minus -2 && is big 12345678901234567890123 &&
        is huge '<int of 2808 bits>' && is tiny -1267650600228229401496703205376 && is half 0.5 && is whole 3.0 &&
        is great 1e+300 && is endless inf && is text "'text'" && is empty '[]' && is pair "(1, 'a')" &&
        is many '[0, 1, 2, 3, ... 996 more]' && is single '(1,)' && is nest '[[<list of 1>, 2], 3]' &&
        is circle '[[<list of 1>]]' && is deep '[[<list of 1>]]' && is table '<dict of 2>' && is group '<set of 3>' &&
        is thing '<Thing>' && is liar '<Liar>' && is closure '<function>' && is unset '' || return 1
    # shellcheck disable=SC1003 # backslashes
    is quoted "'it\\'s \\\\ \\n\\x1b[31m'" || return 1
    x=$(printf 'x%.0s' {1..80})
    is long_text "'$x'... (100000 characters)" || return 1
    # What lies about its size is bounded.
    value fake_list | grep -q '^\[1, .* 1152921504606846972 more\]$' && grep -q '^      fake_str = ' shown &&
        grep -q '^      fake_tuple = (1, ' shown && [ "$(wc -c <shown)" -lt 20000 ]
}

@test "--locals shows local variables, and nothing of the program is executed" {
    each_python check_locals
}

@test "so it is with the oldest, whose strings are bytes" {
    PYTHONS=$(pythons 2.7 2.7)
    [ -n "$PYTHONS" ] || skip "no Python 2.7"
    python=$PYTHONS
    show_locals
    is text "'text'"
    is big 12345678901234567890123
    is one 1
    is yes True
    is table '<dict of 2>'
    is group '<set of 3>'
    is many '[0, 1, 2, 3, ... 996 more]'
}

@test "--locals without --dump is wrong usage" {
    run pyrec --locals -p $$
    [ "$status" -eq 2 ]
    [ "${lines[0]}" = "pyrec: --locals belongs to --dump" ]
}
