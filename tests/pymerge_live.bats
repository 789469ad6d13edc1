#!/usr/bin/env bats
# shellcheck disable=SC2002,SC2035,SC2154
# pymerge: pipes are read as they come, and nothing is held back

load pymerge

# size_is FILE SIZE
size_is() {
    [ "$(stat -c %s "$1")" -eq "$2" ]
}

@test "each block goes on before the next one comes" {
    make_stream a.prof 10 1000
    mkfifo in
    pymerge in >out.prof 3>&- &
    merger=$!
    exec 4>in
    # Block by block; the last byte of a block makes it whole.
    sent=0
    for at in $(LC_ALL=C grep -obUaP '\x89pyp' a.prof | cut -d : -f 1) "$(stat -c %s a.prof)"; do
        [ "$at" -gt 0 ] || continue
        tail -c +$((sent + 1)) a.prof | head -c $((at - sent - 1)) >&4
        tail -c +"$at" a.prof | head -c 1 >&4
        sent=$at
        wait_for 20 size_is out.prof "$sent"
    done
    exec 4>&-
    wait $merger
    cmp a.prof out.prof
}

@test "a filter holds nothing back either" {
    make_stream a.prof 10 1000
    pymerge --thread MainThread a.prof >all.prof
    mkfifo in
    pymerge --thread MainThread in >out.prof 3>&- &
    merger=$!
    exec 4>in
    cat a.prof >&4
    wait_for 20 size_is out.prof "$(stat -c %s all.prof)"
    cmp all.prof out.prof
    exec 4>&-
    wait $merger
}

@test "no input waits for another" {
    make_stream a.prof 10 1000
    make_stream b.prof 11 1000
    make_stream c.prof 12 1000
    mkfifo one two
    pymerge one two c.prof >out.prof 3>&- &
    merger=$!
    # The second FIFO's writer comes first, and the file needs neither.
    exec 5>two
    cat b.prof >&5
    wait_for 20 size_is out.prof $(($(stat -c %s b.prof) + $(stat -c %s c.prof)))
    exec 4>one
    cat a.prof >&4
    wait_for 20 size_is out.prof $(($(stat -c %s a.prof) + $(stat -c %s b.prof) + $(stat -c %s c.prof)))
    exec 4>&- 5>&-
    wait $merger
    pymerge out.prof | cmp - <(pymerge a.prof b.prof c.prof)
}

@test "many pipes at once" {
    for i in 1 2 3 4 5 6 7 8; do
        make_stream $i.prof $i 1000 400
    done
    pymerge <(cat 1.prof) <(cat 2.prof) <(cat 3.prof) <(cat 4.prof) <(cat 5.prof) <(cat 6.prof) <(cat 7.prof 1.prof) 8.prof >out.prof
    pymerge out.prof | cmp - <(pymerge ?.prof)
}

@test "Ctrl-C is left to the recorder, once" {
    make_stream a.prof 10 1000
    make_stream b.prof 11 1000
    mkfifo in
    # A background job of a shell ignores SIGINT, so something that resets it starts this one.
    env --default-signal=INT pymerge in >out.prof 3>&- &
    merger=$!
    exec 4>in
    cat a.prof >&4
    wait_for 20 size_is out.prof "$(stat -c %s a.prof)"
    kill -INT $merger
    cat b.prof >&4
    wait_for 20 size_is out.prof $(($(stat -c %s a.prof) + $(stat -c %s b.prof)))
    kill -INT $merger
    status=0
    wait $merger || status=$?
    exec 4>&-
    [ $status -eq 130 ]
}

@test "a pipe that is no stream fails alone" {
    make_stream a.prof 10 1000
    run --separate-stderr bash -c 'pymerge <(echo hello) a.prof <(:) >out.prof'
    [ "$status" -eq 1 ]
    cmp a.prof out.prof
    [[ "${stderr_lines[0]}" = "pymerge: '/dev/fd/"*"': no stream: "* ]]
    [[ "${stderr_lines[1]}" = "pymerge: '/dev/fd/"*"': empty: "* ]]
}
