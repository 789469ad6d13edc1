#!/usr/bin/env bats
# shellcheck disable=SC2002,SC2035,SC2154 # pipes are meant to be pipes; names are made here; bats sets variables
# pymerge: combining streams, their order, the output, wrong usage

load pymerge

@test "one stream comes out as it went in" {
    make_stream a.prof 10 1000
    pymerge a.prof >out.prof
    cmp a.prof out.prof
    pymerge - <a.prof >out.prof
    cmp a.prof out.prof
    cat a.prof | pymerge >out.prof
    cmp a.prof out.prof
    pymerge -o out.prof a.prof
    cmp a.prof out.prof
}

@test "any order and any grouping give the same bytes" {
    make_stream a.prof 10 3000
    make_stream b.prof 11 1000
    make_stream c.prof 12 3000
    make_stream d.prof 10 2000
    pymerge a.prof b.prof c.prof d.prof >all.prof
    [ "$(sums all.prof)" = "760 40 0" ]
    pymerge d.prof c.prof b.prof a.prof | cmp - all.prof
    pymerge -o ca.prof c.prof a.prof
    pymerge -o db.prof d.prof b.prof
    pymerge ca.prof db.prof | cmp - all.prof
    pymerge db.prof ca.prof | cmp - all.prof
    pymerge -o cab.prof ca.prof b.prof
    pymerge d.prof cab.prof | cmp - all.prof
    cat c.prof d.prof >cd.prof
    pymerge b.prof cd.prof a.prof | cmp - all.prof
    pymerge all.prof | cmp - all.prof
    pymerge all.prof ca.prof a.prof | cmp - all.prof
}

@test "any order and any grouping render alike, through pipes too" {
    make_stream a.prof 10 3000
    make_stream b.prof 11 1000
    make_stream c.prof 12 3000
    pymerge a.prof b.prof c.prof | pyrender --collapsed >all.txt
    grep -q query all.txt
    pymerge c.prof <(pymerge b.prof a.prof) | pyrender --collapsed | cmp - all.txt
    pymerge <(cat b.prof) <(cat c.prof) a.prof | pyrender --collapsed | cmp - all.txt
    pymerge a.prof b.prof c.prof | pyrender --text --no-color >all.txt
    pymerge c.prof <(pymerge b.prof a.prof) | pyrender --text --no-color | cmp - all.txt
}

@test "what came through pipes can be put into the canonical order" {
    make_stream a.prof 10 3000
    make_stream b.prof 11 1000
    pymerge a.prof b.prof >all.prof
    pymerge <(cat a.prof) <(cat b.prof) >came.prof
    pymerge came.prof | cmp - all.prof
}

@test "blocks that come twice are written once" {
    make_stream a.prof 10 1000
    make_stream b.prof 11 2000
    pymerge a.prof b.prof >all.prof
    pymerge a.prof b.prof a.prof | cmp - all.prof
    cat a.prof a.prof b.prof >twice.prof
    pymerge twice.prof b.prof | cmp - all.prof
    pymerge a.prof <(cat a.prof) | cmp - a.prof
    pymerge <(cat a.prof a.prof) <(cat a.prof) | cmp - a.prof
}

@test "processes come in the order of their recordings, blocks by sequence number" {
    make_stream late.prof 10 5000
    make_stream early.prof 99 1000
    make_stream other.prof 11 5000
    pymerge late.prof other.prof early.prof | stream_list >list
    [ "$(awk '$1 == "SECTION" && $3 == 0 { printf "%s ", $4 }' list)" = "99 10 11 " ]
    awk '$1 !~ /run/ { if ($2 == id && $3 != sequence + 1) exit 1; id = $2; sequence = $3 }' list
}

@test "a section that is split over files is put together" {
    make_stream a.prof 10 1000 400
    size=$(stat -c %s a.prof)
    # Cut anywhere: the block at the cut is in neither part, and comes from a whole copy.
    head -c $((size / 2)) a.prof >one.prof
    tail -c $((size - size / 2)) a.prof >two.prof
    pymerge two.prof one.prof 2>message >half.prof
    grep -q "'one.prof'" message
    pymerge half.prof a.prof | cmp - a.prof
    pymerge --thread '*' -o whole.prof a.prof
    [ "$(stacks whole.prof)" = "$(stacks a.prof)" ]
}

@test "1,000 files with 32 descriptors" {
    for i in $(seq 1000); do
        printf 'process pid=%d wall=%d recording=%d boot=1\nthread 1 name=t\nrun 3 1 /a.py:f%d:1\nend\n' \
            "$i" $((i % 10 + 1)) "$i" "$i" | stream_make >"$i.prof"
    done
    (ulimit -n 32 && pymerge ./*.prof >all.prof)
    [ "$(sums all.prof)" = "3000 0 0" ]
    (ulimit -n 32 && find . -name '[0-9]*.prof' -exec pymerge {} + | cmp - all.prof)
    (ulimit -n 32 && pymerge --function '^f7$' ./[0-9]*.prof >seven.prof)
    [ "$(sums seven.prof)" = "3 0 2997" ]
}

@test "memory does not grow with the samples" {
    [ "${PYREC_SANITIZED:-}" != 1 ] || skip "a sanitizer needs address space of its own"
    make_noise big.prof 1 1500000
    [ "$(stat -c %s big.prof)" -gt 8000000 ]
    small=10000 # KiB of address space, that of the program and its libraries included
    (ulimit -v $small && pymerge big.prof | cmp - big.prof)
    (ulimit -v $small && cat big.prof | pymerge | cmp - big.prof)
}

@test "the output is none of the inputs" {
    make_stream a.prof 10 1000
    make_stream b.prof 11 1000
    cp a.prof copy
    ln a.prof link
    for target in a.prof ./a.prof link; do
        run pymerge -o $target b.prof a.prof
        [ "$status" -eq 1 ]
        [ "$output" = "pymerge: 'a.prof': is an input and the output" ]
        cmp a.prof copy
    done
    run bash -c 'pymerge b.prof a.prof >>a.prof'
    [ "$status" -eq 1 ]
    cmp a.prof copy
    run bash -c 'pymerge -o a.prof <a.prof'
    [ "$status" -eq 1 ]
    cmp a.prof copy
}

@test "an output that fills up is an error, a reader that has enough is none" {
    make_stream a.prof 10 1000
    run pymerge -o /dev/full a.prof
    [ "$status" -eq 1 ]
    [ "$output" = "pymerge: '/dev/full': No space left on device" ]
    run bash -c 'pymerge a.prof >/dev/full'
    [ "$status" -eq 1 ]
    [ "$output" = "pymerge: standard output: No space left on device" ]
    run pymerge -o nowhere/out.prof a.prof
    [ "$status" -eq 1 ]
    [ "$output" = "pymerge: 'nowhere/out.prof': No such file or directory" ]
    make_noise b.prof 11 120000
    [ "$(pymerge b.prof 2>message | head -c 1 | wc -c)" -eq 1 ]
    [ "$(pymerge b.prof 2>>message | true)" = "" ]
    [ ! -s message ]
}

@test "no stream goes to a terminal" {
    make_stream a.prof 10 1000
    run script -qec 'pymerge a.prof' /dev/null
    [ "$status" -eq 2 ]
    [[ "$output" = "pymerge: the standard output is a terminal"* ]]
    run script -qec 'pymerge -o /dev/tty a.prof' /dev/null
    [ "$status" -eq 2 ]
    run script -qec 'pymerge >out.prof' /dev/null
    [ "$status" -eq 2 ]
    [[ "$output" = "pymerge: the standard input is a terminal"* ]]
}

@test "inputs that are none are errors, and the others are merged" {
    make_stream a.prof 10 1000
    mkdir folder
    : >empty
    echo "not a stream, just text that is long enough for a header" >text
    run --separate-stderr pymerge -o out.prof missing a.prof folder empty text
    [ "$status" -eq 1 ]
    cmp a.prof out.prof
    [ "${#stderr_lines[@]}" -eq 4 ]
    [ "${stderr_lines[0]}" = "pymerge: 'missing': No such file or directory" ]
    [ "${stderr_lines[1]}" = "pymerge: 'folder': Is a directory" ]
    [[ "${stderr_lines[2]}" = "pymerge: 'empty': empty"* ]]
    [[ "${stderr_lines[3]}" = "pymerge: 'text': no stream: byte 0: "*wanted* ]]
    run pymerge -o untouched missing
    [ "$status" -eq 1 ]
    [ ! -e untouched ]
    run bash -c ': | pymerge >out.prof'
    [ "$status" -eq 1 ]
    [[ "$output" = "pymerge: 'standard input': empty"* ]]
}

@test "a file that changes while it is read is an error" {
    make_stream a.prof 10 1
    make_noise b.prof 11 120000
    [ "$(stat -c %s b.prof)" -gt 600000 ] # more than a pipe and a buffer hold
    # A FIFO for an output holds pymerge in its second pass, where the second file is not yet read to its end.
    mkfifo out
    pymerge -o out b.prof a.prof 2>message 3>&- &
    merger=$!
    {
        head -c 100 >/dev/null
        cat /dev/zero | head -c 2000000 | dd of=b.prof conv=notrunc status=none
        cat >/dev/null
    } <out
    status=0
    wait $merger || status=$?
    [ $status -eq 1 ]
    [ "$(cat message)" = "pymerge: 'b.prof': changed while it was read" ]
}

@test "wrong usage is one clear line and status 2" {
    make_stream a.prof 10 1000
    while IFS='|' read -r arguments message; do
        # shellcheck disable=SC2086 # words
        run pymerge $arguments
        echo "$arguments: $output"
        [ "$status" -eq 2 ]
        [ "$output" = "pymerge: $message" ]
    done <<'CASES'
--frob a.prof|unknown option '--frob'
-x a.prof|unknown option '-x'
a.prof -o|option '-o' needs a value
a.prof --thread|option '--thread' needs a value
--pid x a.prof|--pid 'x': not a process id
--function ( a.prof|--function '(': not a regular expression: Unmatched ( or \(
--since soon a.prof|--since 'soon': not a time such as 1.5, 200ms or 2m
--since 2 --until 1.5s a.prof|--since 2 is not before --until 1.5
--until 0 --since 0 a.prof|--since 0 is not before --until 0
- a.prof -|'-', the standard input, is named more than once
CASES
}

@test "--help is the synopsis, --version the version" {
    run pymerge --help
    [ "$status" -eq 0 ]
    [[ "$output" = "usage: pymerge [--thread GLOB]"* ]]
    for option in $(man -l --no-hyphenation "$BATS_TEST_DIRNAME/../man/pymerge.1" 2>/dev/null | grep -o -- '\[--[a-z-]*' | tr -d '['); do
        [[ "$output" = *"$option"* ]]
    done
    run pymerge --version
    [ "$status" -eq 0 ]
    [[ "$output" =~ ^pymerge\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}
