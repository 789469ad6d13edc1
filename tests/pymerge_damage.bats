#!/usr/bin/env bats
# shellcheck disable=SC2002,SC2035,SC2154
# pymerge: damaged streams lose what is damaged and nothing else, and say so

load pymerge

# flip FILE BYTE: changes one byte
flip() {
    byte=$(od -An -tu1 -j "$2" -N 1 "$1")
    # shellcheck disable=SC2059 # an escape made here
    printf "$(printf '\\x%02x' $((byte ^ 255)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# The offset of the Nth block of FILE, from 0.
block_at() {
    LC_ALL=C grep -obUaP '\x89pyp' "$1" | sed -n "$(($2 + 1))p" | cut -d : -f 1
}

@test "a bad block is left out, and named" {
    make_stream a.prof 10 1000 400
    cp a.prof bad.prof
    at=$(block_at bad.prof 4)
    flip bad.prof $((at + 40))
    run --separate-stderr pymerge -o out.prof bad.prof
    [ "$status" -eq 0 ]
    [[ "${stderr_lines[0]}" = "pymerge: 'bad.prof': byte $at: "*wanted*got* ]]
    [[ "${stderr_lines[1]}" = "pymerge: 'bad.prof': "*" bytes skipped in 1 place; 1 block missing, with "*" known samples; the rest is merged" ]]
    # The gap stays, so that the next reader knows of it.
    stream_list <out.prof >list
    [ "$(grep -cv '^run' list)" -eq $(($(stream_list <a.prof | grep -cv '^run') - 1)) ]
    run --separate-stderr pymerge --thread '*' -o again.prof out.prof
    [ "$status" -eq 0 ]
    [[ "$stderr" = *"0 bytes skipped in 0 places; 1 block missing"* ]]
    # A whole copy closes it.
    pymerge out.prof a.prof | cmp - a.prof
}

@test "a stream cut at any byte gives its whole blocks" {
    make_stream a.prof 10 1000
    size=$(stat -c %s a.prof)
    blocks=()
    while IFS=: read -r at _; do
        blocks+=("$at")
    done < <(LC_ALL=C grep -obUaP '\x89pyp' a.prof)
    for ((cut = 33; cut < size; cut += 29)); do
        whole=0
        for at in "${blocks[@]}"; do
            [ "$at" -gt $cut ] || whole=$at
        done
        head -c $cut a.prof >cut.prof
        status=0
        pymerge cut.prof >out.prof 2>message || status=$?
        head -c "$whole" a.prof | cmp - out.prof
        [ $status -eq $((whole == 0)) ]
        # Where it was cut between blocks, there is nothing to see.
        [ -s message ] || [[ " ${blocks[*]} " = *" $cut "* ]]
        head -c $cut a.prof | pymerge 2>/dev/null | cmp - out.prof
    done
}

@test "a byte flipped anywhere costs one block at most" {
    make_stream a.prof 10 1000
    size=$(stat -c %s a.prof)
    all=$(stream_list <a.prof | grep -cv '^run')
    for ((at = 0; at < size; at += 37)); do
        cp a.prof bad.prof
        flip bad.prof $at
        pymerge bad.prof >out.prof 2>message
        [ "$(stream_list <out.prof | grep -cv '^run')" -eq $((all - 1)) ]
        grep -q "'bad.prof': byte [0-9]*: " message
        pymerge --thread 'Main*' bad.prof >one.prof 2>/dev/null
        cat bad.prof | pymerge --thread 'Main*' 2>/dev/null | cmp - one.prof
    done
}

@test "garbage in front, between and behind is skipped" {
    make_stream a.prof 10 1000
    make_stream b.prof 11 2000
    pymerge a.prof b.prof >all.prof
    {
        echo "some text that went before"
        cat a.prof
        head -c 5000 "$(command -v pymerge)"
        cat b.prof
        printf '\x89pyp'
    } >mixed.prof
    run --separate-stderr pymerge -o out.prof mixed.prof
    [ "$status" -eq 0 ]
    cmp out.prof all.prof
    [[ "${stderr_lines[1]}" = "pymerge: 'mixed.prof': 5031 bytes skipped in 3 places; 0 blocks missing"* ]]
}

@test "samples whose names were lost match no path and no function" {
    {
        echo "process pid=1 wall=1 recording=1"
        echo "thread 1 name=t"
        echo "run 10 1 /a.py:f:1"
        echo "flush"
        echo "run 5 1 /b.py:g:1"
        echo "flush"
    } | stream_make >a.prof
    # Without the first definitions.
    first=$(stream_list <a.prof | awk '$1 == "DEFS" { print $3; exit }')
    flip a.prof $(($(block_at a.prof "$first") + 36))
    pymerge --path '*' a.prof >out.prof 2>/dev/null
    [ "$(sums out.prof)" = "5 0 10" ]
    pymerge --exclude-path '*' a.prof >out.prof 2>/dev/null
    [ "$(sums out.prof)" = "15 0 0" ]
    pymerge --since 0 a.prof >out.prof 2>/dev/null
    [ "$(sums out.prof)" = "15 0 0" ]
}
