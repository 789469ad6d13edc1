#!/usr/bin/env bats
# shellcheck disable=SC2154,SC2030,SC2031 # set by bats and the setup; variables are changed for one command
# pyrender --baseline and --fail-if: runs against runs

load pyrender

# run_of NUMBER MS-OF-PARSE MS-OF-DRAW [KEY=VALUE…]: a recording of its own in NUMBER.prof
run_of() {
    {
        echo "process pid=$1 host=box boot=1 recording=$1 wall=1700000000000000000 period=1000000 argv=python3" \
            "argv=app.py prefix=/usr path=/app python=3.12.1 ${*:4}"
        echo "thread 1 tid=$1 name=MainThread"
        echo "run $2 1 /app/app.py:main:10 /app/lib/parser.py:Parser.parse:20:22"
        echo "run $3 1 /app/app.py:main:10 /app/app.py:draw:30"
        echo end
    } | stream_make >"$1.prof"
}

# Old runs 1 to 3, new runs 4 to 6: parse takes 100 ms longer.
sides() {
    run_of 1 390 500
    run_of 2 400 500
    run_of 3 410 500
    run_of 4 490 500
    run_of 5 500 500
    run_of 6 510 500
}

# tables: the report without what it says of the recordings
tables() {
    sed -n '/functions, self time/,$p'
}

@test "every row has both means, the change and the spread, and what did not change is one row" {
    sides
    pyrender --baseline 1.prof,2.prof,3.prof 4.prof 5.prof 6.prof | tables | diff - <(
        cat <<'END'
   old    new  change                ±  functions, self time
 0.900  1.000  +0.100   +11.1 %  0.028  total
 0.400  0.500  +0.100   +25.0 %  0.028  Parser.parse  lib/parser.py:20
 0.500  0.500   0.000     0.0 %         unchanged (1 row)

   old    new  change                ±  calls, total time
 0.900  1.000  +0.100   +11.1 %  0.028  main  app.py:10
 0.400  0.500  +0.100   +25.0 %  0.028  ├─ Parser.parse  lib/parser.py:20
 0.500  0.500   0.000     0.0 %         └─ unchanged (1 row)
END
    )
}

@test "ASCII, percent of the baseline, and everything on demand" {
    sides
    pyrender --no-unicode --percent --show-all --baseline 1.prof,2.prof,3.prof 4.prof 5.prof 6.prof | tables | diff - <(
        cat <<'END'
   old    new  change               +-  functions, self time
100.0% 111.1%  +11.1%   +11.1 %   3.1%  total
 44.4%  55.6%  +11.1%   +25.0 %   3.1%  Parser.parse  lib/parser.py:20
 55.6%  55.6%    0.0%     0.0 %   0.1%  draw  app.py:30

   old    new  change               +-  calls, total time
100.0% 111.1%  +11.1%   +11.1 %   3.1%  main  app.py:10
 44.4%  55.6%  +11.1%   +25.0 %   3.1%  |- Parser.parse  lib/parser.py:20
 55.6%  55.6%    0.0%     0.0 %   0.1%  `- draw  app.py:30
END
    )
}

@test "lists of functions by self and by total time" {
    sides
    pyrender --flat --baseline 1.prof,2.prof,3.prof 4.prof 5.prof 6.prof | tables | diff - <(
        cat <<'END'
   old    new  change                ±  functions, self time
 0.900  1.000  +0.100   +11.1 %  0.028  total
 0.400  0.500  +0.100   +25.0 %  0.028  Parser.parse  lib/parser.py:20
 0.500  0.500   0.000     0.0 %         unchanged (1 row)

   old    new  change                ±  functions, total time
 0.900  1.000  +0.100   +11.1 %  0.028  total
 0.900  1.000  +0.100   +11.1 %  0.028  main  app.py:10
 0.400  0.500  +0.100   +25.0 %  0.028  Parser.parse  lib/parser.py:20
                                        unchanged (1 row)
END
    )
}

@test "a part of the calls, and CPU time, on both sides" {
    sides
    pyrender --root 'parse$' --baseline 1.prof,2.prof,3.prof 4.prof 5.prof 6.prof >out
    grep -Eq '^ 0.400  0.500  \+0.100   \+25.0 %  0.028  total$' out
    pyrender --root 'parse$' --normalize --baseline 1.prof,3.prof 4.prof | grep -Eq '^ 0.400  0.400 .* total$'
    for i in 1 2; do
        {
            echo "process pid=$i recording=$i path=/app"
            echo 'thread 1 tid=1'
            echo "run 100 1 cpu=${i}00000 flags=1 /app/a.py:f:1"
            echo end
        } | stream_make >cpu$i.prof
    done
    pyrender --time cpu --baseline cpu1.prof cpu2.prof | grep -Eq '^ 0.011  0.021  \+0.010 .* total$'
    pyrender --time wall --baseline cpu1.prof cpu2.prof | grep -Eq '^ 0.100  0.100   0.000 .* total$'
}

@test "no line is wider than asked for, and numbers are never cut" {
    sides
    pyrender --width 60 --show-all --baseline 1.prof,2.prof,3.prof 4.prof 5.prof 6.prof >out
    [ "$(wc -L <out)" -le 60 ]
    grep -Eq '^ 0.400  0.500  \+0.100   \+25.0 %  0.028  ├─ Parser.parse' out
}

@test "what a form of a difference does not take is refused" {
    sides
    run -2 pyrender --invert --baseline 1.prof 4.prof
    [ "${lines[0]}" = "pyrender: --invert does not apply to --text with a --baseline" ]
    run -2 pyrender --timeline --baseline 1.prof 4.prof
    [ "${lines[0]}" = "pyrender: --timeline does not show differences; --text, --flat, --html and --collapsed do" ]
    run -2 pyrender --live --fail-if 'f:total>1s' 4.prof
    [ "${lines[0]}" = "pyrender: --fail-if does not apply to --live" ]
}

@test "collapsed: both sides in microseconds a run, as difffolded.pl has them" {
    sides
    pyrender --collapsed --baseline 1.prof,2.prof,3.prof 4.prof 5.prof 6.prof | diff - <(
        echo 'main (app.py:10);Parser.parse (lib/parser.py:20) 400000 500000'
        echo 'main (app.py:10);draw (app.py:30) 500000 500000'
    )
    pyrender -o out.folded --baseline 1.prof 4.prof
    grep -qx 'main (app.py:10);Parser.parse (lib/parser.py:20) 390000 490000' out.folded
}

@test "any order of the files, and any grouping of runs into files, gives the same bytes" {
    sides
    cat 4.prof 5.prof 6.prof >new.prof
    cat 1.prof 2.prof >old.prof
    for form in --text --html --collapsed '--text --normalize' '--text --show-all --percent'; do
        # shellcheck disable=SC2086 # words are meant
        {
            pyrender $form --baseline 1.prof,2.prof,3.prof 4.prof 5.prof 6.prof >wanted
            pyrender $form --baseline 3.prof,1.prof,2.prof 6.prof 4.prof 5.prof | cmp - wanted
            pyrender $form --baseline 2.prof --baseline 3.prof,1.prof 5.prof 6.prof 4.prof | cmp - wanted
            pyrender $form --baseline old.prof,3.prof new.prof | cmp - wanted
            pyrender $form --baseline 3.prof,old.prof 5.prof new.prof | cmp - wanted
        }
    done
}

@test "parts of a recording are one run" {
    {
        echo 'process pid=1 recording=1 wall=1700000000000000000 path=/app'
        echo 'thread 1 tid=1 name=one'
        echo 'thread 2 tid=2 name=two'
        echo 'run 100 1 /app/app.py:f:1'
        echo 'run 200 2 /app/app.py:g:1'
        echo end
    } | stream_make >1.prof
    pymerge --thread one 1.prof >one.prof
    pymerge --thread two 1.prof >two.prof
    pyrender --baseline one.prof,two.prof 1.prof >out
    grep -q '^Baseline  1 run, 0.300 s in all threads$' out
    grep -Eq '^ *0.300 +0.300 + 0.000 .* total$' out
}

@test "a function stays itself when its line or its checkout moves" {
    run_of 1 100 100
    {
        echo 'process pid=2 recording=2 path=/elsewhere/app prefix=/usr'
        echo 'thread 1 tid=2'
        echo 'run 100 1 /elsewhere/app/app.py:main:11 /elsewhere/app/lib/parser.py:Parser.parse:99'
        echo 'run 100 1 /elsewhere/app/app.py:main:11 /elsewhere/app/app.py:draw:35'
        echo end
    } | stream_make >2.prof
    pyrender --baseline 1.prof 2.prof | tables >out
    grep -q 'unchanged (2 rows)$' out
    pyrender --collapsed --baseline 1.prof 2.prof >out
    grep -qx 'main (app.py:11);Parser.parse (lib/parser.py:99) 100000 100000' out
}

@test "what is new and what is gone have no percentage" {
    run_of 1 100 100
    {
        echo 'process pid=2 recording=2 path=/app'
        echo 'thread 1 tid=2'
        echo 'run 100 1 /app/app.py:main:10 /app/lib/parser.py:Parser.scan:20'
        echo 'run 100 1 /app/app.py:main:10 /app/app.py:draw:30'
        echo end
    } | stream_make >2.prof
    pyrender --baseline 1.prof 2.prof >out
    grep -Eq '^ 0.000  0.100  \+0.100       new  .* Parser.scan ' out
    grep -Eq '^ 0.100  0.000  -0.100      gone  .* Parser.parse ' out
}

@test "unlike intervals compare by time" {
    run_of 1 400 500
    {
        echo 'process pid=2 recording=2 wall=1700000000000000000 period=10000000 path=/app prefix=/usr'
        echo 'thread 1 tid=2'
        echo 'run 40 1 /app/app.py:main:10 /app/lib/parser.py:Parser.parse:20'
        echo 'run 50 1 /app/app.py:main:10 /app/app.py:draw:30'
        echo end
    } | stream_make >2.prof
    pyrender --baseline 1.prof 2.prof >out
    grep -q '^Note      the rates differ, 1000 Hz and 100 Hz: times are compared' out
    # With the decimals of the coarser one.
    grep -Eq '^ +0.90 +0.90 + 0.00 +0.0 % .* total$' out
    grep -q 'unchanged (2 rows)$' out
    pyrender --collapsed --baseline 1.prof 2.prof |
        grep -qx 'main (app.py:10);Parser.parse (lib/parser.py:20) 400000 400000'
}

@test "runs are scaled to one total on request" {
    run_of 1 100 100
    run_of 2 200 400
    run_of 3 100 100
    run_of 4 200 400
    pyrender --normalize --baseline 1.prof,3.prof 2.prof 4.prof >out
    grep -q '^Note      normalised: every run is scaled to 0.200 s' out
    grep -Eq '^ 0.200  0.200   0.000 .* total$' out
    grep -Eq '^ 0.100  0.067  -0.033   -33.3 % .* Parser.parse ' out
    grep -Eq '^ 0.100  0.133  \+0.033   \+33.3 % .* draw ' out
}

@test "what does not compare like with like is told of" {
    run_of 1 100 100
    run_of 2 100 100 python=3.11.2
    pyrender --baseline 1.prof 2.prof >out
    grep -q '^Note      the Pythons differ, 3.12.1 and 3.11.2' out
    grep -q '^Note      with one run on each side, the spread is the sampling error alone' out
    pymerge --function draw 2.prof >filtered.prof
    pyrender --baseline 1.prof filtered.prof | grep -q '^Note      the filters differ.*the baseline has none; the new'
    pyrender --baseline 1.prof 1.prof 2.prof | grep -q '^Note      a recording is on both sides'
    { echo 'process pid=9 recording=9' && echo end; } | stream_make >empty.prof
    pyrender --baseline empty.prof 1.prof >out
    grep -q '^Note      no samples on the baseline$' out
    pyrender --baseline empty.prof empty.prof | grep -q '^Note      no samples on either side$'
}

@test "a change beyond the limit and the spread is status 3, with the row on stderr and the report written" {
    sides
    run -3 --separate-stderr pyrender --baseline 1.prof,2.prof,3.prof --fail-if 'Parser.parse:total>+10%' \
        --fail-if 'draw:self>+0%' 4.prof 5.prof 6.prof
    [ "$stderr" = "pyrender: 'Parser.parse:total>+10%': Parser.parse (lib/parser.py:20): total 0.400 s -> 0.500 s, +0.100 s (+25.0 %), spread 0.028 s" ]
    [[ $output == *"functions, self time"*"calls, total time"* ]]
    run -3 pyrender --html --baseline 1.prof --fail-if 'main:total>1ms' -o out.html 4.prof
    tail -n 1 out.html | grep -q '</html>'
    for limit in 'parser.py:*:total>+10%' 'lib/parser.py:Parser.parse:self>+24.9%' '*.parse:self>+99ms' \
        'main:total>+0.099s' 'main:total>0.999s' 'm*:total>999999us' 'P*.parse:self>+0%'; do
        run -3 pyrender --baseline 1.prof,2.prof,3.prof --fail-if "$limit" -o out 4.prof 5.prof 6.prof
        [[ $output == "pyrender: '$limit': "* ]]
        grep -q 'calls, total time' out
    done
    for limit in 'Parser.parse:total>+25%' 'Parser.parse:self>+100ms' 'main:self>+0%' 'main:total>1s' \
        'main:self>0.1s' '*:self>+25%'; do
        run -0 pyrender --baseline 1.prof,2.prof,3.prof --fail-if "$limit" -o out 4.prof 5.prof 6.prof
        [ -z "$output" ]
    done
}

@test "a change inside the spread of the runs does not fail" {
    run_of 1 300 100
    run_of 2 500 100
    run_of 3 380 100
    run_of 4 600 100
    run -0 --separate-stderr pyrender --baseline 1.prof,2.prof --fail-if 'Parser.parse:total>+5%' 3.prof 4.prof
    [ -z "$stderr" ]
    grep -Eq '^ 0.400  0.490  \+0.090   \+22.5 %  0.420  total|0.500  0.590' <<<"$output"
    grep -q 'unchanged (' <<<"$output"
}

@test "limits on times need no baseline" {
    run_of 1 400 500
    run -3 --separate-stderr pyrender --fail-if 'draw:total>0.4s' 1.prof
    [ "$stderr" = "pyrender: 'draw:total>0.4s': draw (app.py:30): total 0.500 s" ]
    pyrender 1.prof | cmp - <(echo "$output")
    run -3 pyrender --collapsed --fail-if 'draw:total>0.4s' -o out 1.prof
    pyrender --collapsed 1.prof | cmp - out
    run -3 pyrender --html --fail-if 'draw:total>400ms' -o out 1.prof
    pyrender --html 1.prof | cmp - out
    run -0 pyrender --fail-if 'draw:total>0.6s' -o out 1.prof
}

@test "a pattern that matches nothing is told of and fails nothing" {
    sides
    run -0 pyrender --fail-if 'prase:total>0s' -o out 1.prof
    [ "$output" = "pyrender: 'prase:total>0s': no function matches, so that nothing was checked" ]
    run -3 pyrender --fail-if 'prase:total>0s' --fail-if 'draw:total>0s' -o out 1.prof
    [ "${#lines[@]}" -eq 2 ]
}

@test "wrong ways are one clear line and status 2" {
    sides
    while IFS='|' read -r arguments wanted; do
        # shellcheck disable=SC2086 # words are meant
        run -2 pyrender $arguments 4.prof </dev/null
        [ "${lines[0]}" = "pyrender: $wanted" ] || {
            echo "$arguments: ${lines[0]}"
            return 1
        }
        [[ ${lines[1]} == "usage: pyrender"* ]]
    done <<'END'
--fail-if parse:total>+10%|'parse:total>+10%': a change needs a --baseline
--fail-if parse:total>+10s|'parse:total>+10s': a change needs a --baseline
--fail-if parse|'parse': no '>': a limit is PATTERN:total>+10%, PATTERN:self>0.5s or the like
--fail-if parse>1s|'parse>1s': ':total' or ':self' is wanted before '>'
--fail-if parse:total>10%|'parse:total>10%': a change in percent needs a sign, as in '+10%'
--fail-if parse:total>5|'parse:total>5': the unit is one of 's', 'ms', 'us'
--normalize|--normalize needs a --baseline
--baseline 1.prof,,2.prof|'1.prof,,2.prof': an empty name of a file
--baseline 1.prof,|'1.prof,': an empty name of a file
--baseline - -|the standard input cannot be both the baseline and what is compared with it
END
    run -2 pyrender --baseline '' 4.prof
    [ "${lines[0]}" = "pyrender: '': an empty name of a file" ]
    run -1 pyrender --baseline missing.prof 4.prof
    [ "$output" = "pyrender: 'missing.prof': No such file or directory" ]
    run -1 pyrender --baseline 1.prof missing.prof
    [ "$output" = "pyrender: 'missing.prof': No such file or directory" ]
    echo hello >text
    run -1 pyrender --baseline text 4.prof
    [[ $output == *"pyrender: 'text': byte 0: not a pyprof stream" ]]
}

@test "a gate works in a pipe" {
    sides
    # shellcheck disable=SC2002 # a pipe is meant
    run -3 --separate-stderr bash -c 'cat 4.prof | pyrender --baseline 1.prof,2.prof,3.prof --fail-if "*.parse:self>+10%"'
    [[ $stderr == *"Parser.parse"* ]] && [[ $output == *"calls, total time"* ]]
    run -0 bash -c 'cat 1.prof | pyrender --baseline - --fail-if "*.parse:self>+1%" 2.prof'
    run -3 pyrender --baseline 1.prof --fail-if 'main:total>+10%' - <4.prof
}

@test "a report that cannot be written is status 1, and the rows at fault are told of all the same" {
    sides
    run -1 pyrender --fail-if 'main:total>0s' -o /dev/full 1.prof
    [[ $output == *"'/dev/full': No space left on device"*"main (app.py:10): total"* ]]
}

@test "damage of either side is told of" {
    sides
    head -c -30 1.prof >cut.prof
    run -0 --separate-stderr pyrender --baseline cut.prof 4.prof
    [[ $stderr == *"'cut.prof': byte "* ]]
    [[ $output == *"Damaged "*"New "* ]]
    run -0 --separate-stderr pyrender --baseline 4.prof cut.prof
    [[ $output == *"New "*"Damaged "* ]]
}

@test "hostile names move no cursor, in any form" {
    hostile_lines | stream_make >1.prof
    hostile_lines | sed 's/recording=1/recording=2/; s/^run 10 /run 20 /' | stream_make >2.prof
    pyrender --baseline 1.prof 2.prof --show-all --fail-if '*:self>+0%' >out 2>err || [ $? -eq 3 ]
    [ "$(grep -c window.hacked out)" -ge 2 ]
    run -1 env LC_ALL=C grep -aP '[\x00-\x08\x0b-\x1f\x7f]' out err
    iconv -f UTF-8 -t UTF-8 out err >/dev/null
    pyrender --collapsed --baseline 1.prof 2.prof >out
    [ "$(wc -l <out)" -eq 12 ]
    run -1 grep -avP '^[^;]+;[^;]+ 10000 20000$' out
    run -1 env LC_ALL=C grep -aP '[\x00-\x08\x0b-\x1f\x7f]' out
}

@test "very deep stacks are drawn as far as anybody reads" {
    for i in 1 2; do
        {
            echo "process pid=$i recording=$i path=/app"
            echo 'thread 1 tid=1'
            for n in {1..2000}; do
                printf '/app/a.py:f%d:1 ' "$n"
            done | sed "s/^/run ${i}00 1 /"
            echo
            echo end
        } | stream_make >$i.prof
    done
    pyrender --baseline 1.prof 2.prof >out
    grep -q 'deeper (1500 rows)$' out
}
