#!/usr/bin/env bats
# shellcheck disable=SC2154,SC2030,SC2031 # set by bats and the setup; variables are changed for one command
# pyrender: usage, input and output, damage, what every report says of itself

load pyrender

@test "wrong usage is status 2, with the usage on stderr" {
    run -2 --separate-stderr pyrender --bogus
    [ -z "$output" ]
    [[ $stderr == *"'--bogus'"*"usage: pyrender"* ]]
    run -2 pyrender --threshold abc
    [[ $output == *"'abc': not a share"* ]]
    run -2 pyrender --threshold -1
    run -2 pyrender --threshold 101
    run -2 pyrender --threshold
    run -2 script -qec pyrender /dev/null
    [[ $output == *"stdin is a terminal"* ]]
}

@test "help and version go to stdout" {
    run -0 --separate-stderr pyrender --help
    [[ $output == "usage: pyrender "* ]] && [ -z "$stderr" ]
    run -0 --separate-stderr pyrender --version
    [[ $output == "pyrender "[0-9]* ]] && [ -z "$stderr" ]
}

@test "the form follows the extension of -o, unless it is named" {
    program_lines | stream_make >a.prof
    pyrender a.prof >a.text
    for name in a.txt a.TXT a.out a; do
        pyrender -o $name a.prof
        cmp $name a.text
    done
    pyrender --collapsed a.prof >collapsed
    for name in a.collapsed a.folded; do
        pyrender -o $name a.prof
        cmp $name collapsed
    done
    pyrender --html a.prof >html
    for name in a.html a.htm; do
        pyrender -o $name a.prof
        cmp $name html
    done
    pyrender --text -o b.html a.prof
    cmp b.html a.text
    pyrender -o - a.prof | cmp - a.text
}

@test "a stream comes from files, stdin or both" {
    program_lines | stream_make >a.prof
    pyrender a.prof >wanted
    pyrender <a.prof | cmp - wanted
    pyrender - <a.prof | cmp - wanted
    # shellcheck disable=SC2002 # a pipe is meant
    cat a.prof | pyrender | cmp - wanted
    cp a.prof same.prof
    pyrender - same.prof <a.prof | cmp - wanted
}

@test "a section that comes twice counts once" {
    program_lines | stream_make >a.prof
    pyrender a.prof >wanted
    pyrender a.prof a.prof | cmp - wanted
    cat a.prof a.prof | pyrender | cmp - wanted
    head -c 700 a.prof >cut.prof
    pyrender a.prof cut.prof 2>/dev/null | grep -v ^Damaged | cmp - wanted
    pyrender cut.prof a.prof 2>/dev/null | grep -v ^Damaged | cmp - wanted
}

@test "any order of the same files gives the same bytes, in every form" {
    for pid in 10 11 12; do
        process_lines | sed "s/4711/$pid/g; s/recording=1/recording=$((pid % 2 + 1))/"
        main_run $pid /app/b.py:b:1
        main_run $pid /app/a.py:a:1
        main_run 3 "/app/c$pid.py:c:1"
        echo end
    done | awk '/^process/ { n++ } { print > (n ".txt") }'
    for i in 1 2 3; do
        stream_make <$i.txt >$i.prof
    done
    for form in --text --html --collapsed '--text --combine' '--html --combine' '--collapsed --combine'; do
        # shellcheck disable=SC2086 # words are meant
        for order in '1 3 2' '2 1 3' '2 3 1' '3 1 2' '3 2 1' '1 2 3'; do
            set -- $order
            pyrender $form "$1.prof" "$2.prof" "$3.prof" >out
            [ -e wanted ] || mv out wanted
            [ ! -e out ] || cmp out wanted
        done
        case $form in --html*) page_data <wanted >data ;; *) mv wanted data ;; esac
        grep -aq c12 data
        rm -f wanted
    done
}

@test "sections of one process are one process" {
    program_lines | stream_make >a.prof
    pymerge --thread MainThread a.prof >main.prof
    pymerge --thread worker a.prof >worker.prof
    pyrender worker.prof main.prof >both
    [ "$(grep -c ^Process both)" -eq 1 ]
    grep -q '^Thread MainThread  0.710 s' both
    grep -q '^Thread worker  0.100 s' both
    pyrender main.prof worker.prof | cmp - both
}

@test "what is no stream is an error, status 1, and nothing is written" {
    printf 'hello\nworld\n' >text
    : >empty
    run -1 --separate-stderr pyrender text
    [[ $stderr == *"pyrender: 'text': byte 0: not a pyprof stream"* ]] && [ -z "$output" ]
    run -1 --separate-stderr pyrender empty
    [[ $stderr == *"'empty': byte 0: not a pyprof stream"* ]] && [ -z "$output" ]
    run -1 pyrender .
    [[ $output == "pyrender: '.': Is a directory" ]]
    run -1 pyrender missing
    [[ $output == "pyrender: 'missing': No such file or directory" ]]
    program_lines | stream_make >a.prof
    run -1 --separate-stderr pyrender a.prof text
    [[ $stderr == *"'text': byte 0: not a pyprof stream"* ]] && [ -z "$output" ]
    head -c 100000 /dev/urandom >noise
    run -1 --separate-stderr pyrender -o out.txt noise
    [ ! -e out.txt ]
}

@test "a stream that was cut renders and says so" {
    { process_lines && main_run 20 && echo flush && main_run 30 && echo flush; } | stream_make >whole.prof
    run -0 --separate-stderr pyrender whole.prof
    [[ $stderr == *"the stream ends before the recording did, for 1 of 1 processes"* ]]
    [[ $output == *"Cut       the stream ends before"* ]]
    [[ $output == *"Thread MainThread  0.050 s"* ]]
    head -c -20 whole.prof >cut.prof
    run -0 --separate-stderr pyrender cut.prof
    [[ $stderr == *"'cut.prof': byte "*"wanted a block of "* ]]
    [[ $output == *"Damaged   "*"'cut.prof' at byte "* ]]
    [[ $output == *"Thread MainThread  0.020 s"* ]]
}

@test "damage is told of with its file, offset and size, and the rest renders" {
    {
        process_lines
        for _ in 1 2 3; do
            main_run 20
            echo flush
        done
        echo end
    } | stream_make >a.prof
    size=$(stat -c %s a.prof)
    # A byte in the middle: of the second block of samples or its neighbours.
    for at in $((size / 3)) $((size / 2)); do
        cp a.prof bad.prof
        printf '\377' | dd of=bad.prof bs=1 seek=$at conv=notrunc 2>/dev/null
        cmp -s a.prof bad.prof && continue
        run -0 --separate-stderr pyrender bad.prof
        [[ $stderr == *"pyrender: 'bad.prof': byte "*" bytes skipped)"* ]]
        [[ $stderr == *"1 blocks and "*" samples are known to be missing"* ]]
        [[ $output == *"Damaged   "*" bytes unreadable, 1 blocks and "*"'bad.prof' at byte "* ]]
        [[ $output == *"<module>  script.py:1"* ]]
    done
    { echo garbage && cat a.prof; } >front.prof
    run -0 --separate-stderr pyrender front.prof
    [[ $stderr == *"'front.prof': byte 0: "* ]]
    [[ $output == *"Thread MainThread  0.060 s"* ]]
    # A second, sound copy heals it.
    pyrender bad.prof a.prof 2>/dev/null >healed
    grep -q '^Thread MainThread  0.060 s' healed
    grep -q '0 blocks and 0 samples' healed
}

@test "a stream damaged all over is told of in a few lines" {
    {
        process_lines
        for _ in {1..40}; do
            main_run 20
            echo flush
        done
        echo end
    } | stream_make >a.prof
    # A byte here and there, past what names the process.
    python3 - <<'END'
data = bytearray(open("a.prof", "rb").read())
for at in range(600, len(data), 230):
    data[at] ^= 255
open("bad.prof", "wb").write(data)
END
    run -0 --separate-stderr pyrender bad.prof
    [ "$(grep -c 'bytes skipped' <<<"$stderr")" -eq 10 ]
    [[ $stderr == *" more pieces are unreadable, "*" bytes in all"* ]]
}

@test "offsets are those of the file, not of all files together" {
    program_lines | stream_make >a.prof
    { cat a.prof && echo rubbish; } >b.prof
    size=$(stat -c %s a.prof)
    sed 's/wall=17/wall=16/' <(program_lines) | stream_make >c.prof
    run -0 pyrender c.prof b.prof
    [[ $output == *"'b.prof': byte $size: "* ]]
}

@test "closed pipes are quiet, full disks are not" {
    program_lines | stream_make >a.prof
    for form in --text --html --collapsed; do
        run -1 pyrender $form -o /dev/full a.prof
        [[ $output == "pyrender: '/dev/full': No space left on device" ]]
    done
    run -1 bash -c 'pyrender a.prof >/dev/full'
    [[ $output == "pyrender: '<stdout>': No space left on device" ]]
    run -1 pyrender -o /nonexistent/out a.prof
    [[ $output == "pyrender: '/nonexistent/out': No such file or directory" ]]
    run bash -c 'pyrender --html a.prof | true'
    [ -z "$output" ]
    run bash -c 'trap "" PIPE; pyrender --html a.prof | true'
    [ -z "$output" ]
}

@test "every report says how far to trust it" {
    {
        process_lines
        main_run 96
        echo overflow 5
        for _ in 1 2; do
            echo round
            echo missed 1
        done
        echo late 4
        main_run 1
        echo 'run 1 1 flags=192 /app/x.py:f:1'
        echo end running
    } | stream_make >a.prof
    pyrender a.prof >out
    grep -q '^Sampling  1000 Hz asked, .* 4 late (3.8 %), 2 missed (1.9 %), 5 lost (4.8 %), 1 doubted (0.95 %), 1 of unknown wait for the GIL (0.95 %)$' out
    grep -q '^Running   1 of 1 processes ran on' out
    grep -q '^Recorded  2023-11-14 22:13:20 +0000 on box, Python 3.11.2, by pyrec 0.1.0, shown by pyrender ' out
    grep -q '^Program   python3 script.py$' out
    pyrender --html a.prof | page_data | grep -aq '4 late (3.8 %), 2 missed'
}

@test "what filters removed is said with its share and the filters" {
    program_lines | stream_make | pymerge --thread worker >a.prof
    pyrender a.prof >out
    grep -Eq '^Filtered  760 samples removed \(88 %\) by .*thread.*worker' out
    run -1 grep '^Thread MainThread' out
    pyrender --html a.prof | page_data | grep -aq '760 samples removed (88 %)'
    program_lines | stream_make | pymerge --thread nobody | pyrender >out
    grep -q '^No samples: filters removed all of them.$' out
}

@test "a stream without samples says so" {
    { process_lines && echo end; } | stream_make | pyrender >out
    grep -q '^No samples\.$' out
    { process_lines && echo end; } | stream_make | pyrender --collapsed >out
    [ ! -s out ]
}
