#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by bats and the setup
# pyrender --text: the trees, their looks, names that would do harm.  Which calls fold is tests/unit/tree_test.c's.

load pyrender

@test "a tree per process and thread in columns, idle threads in a line" {
    program_lines | stream_make | pyrender | without_facts >out
    diff - out <<'END'
Process 4711: python3 script.py

Thread MainThread  0.710 s, CPU 0.710 s, 710 samples
0.710         <module>               script.py:1
0.700         ├─ main                script.py:10
0.400         │  ├─ Template.render  django/template/base.py:100
              │  │  │  [2 frames hidden]  django
0.400         │  │  └─ Node.call     django/template/base.py:400
0.400         │  │     └─ item       views.py:5
0.300         │  │        ├─ [self]
0.100         │  │        └─ query   db.py:7
0.300         │  └─ [self]
0.010 ±0.003  └─ other (2 frames)

Thread worker  0.100 s, CPU 0.000 s, 100 samples
0.100  work                  script.py:50
0.100  └─ Queue.get          queue.py:150
0.100     └─ Condition.wait  threading.py:300

Threads without Python frames: idle-1  0.050 s, CPU 0.000 s, 50 samples
END
}

@test "--combine makes one tree of all processes and threads" {
    { program_lines && program_lines | sed 's/4711/4800/g'; } | stream_make | pyrender --combine | without_facts >out
    diff - out <<'END'
All processes and threads  1.720 s, CPU 1.420 s, 1720 samples
1.420         <module>               script.py:1
1.400         ├─ main                script.py:10
0.800         │  ├─ Template.render  django/template/base.py:100
              │  │  │  [2 frames hidden]  django
0.800         │  │  └─ Node.call     django/template/base.py:400
0.800         │  │     └─ item       views.py:5
0.600         │  │        ├─ [self]
0.200         │  │        └─ query   db.py:7
0.600         │  └─ [self]
0.020 ±0.004  └─ other (2 frames)
0.200         work                   script.py:50
0.200         └─ Queue.get           queue.py:150
0.200            └─ Condition.wait   threading.py:300
0.100         [no Python frame]
END
}

@test "--show-all, --percent and --no-unicode" {
    program_lines | stream_make >a.prof
    pyrender --show-all --percent --no-unicode a.prof | without_facts | sed -n '3,17p' >out
    diff - out <<'END'
Thread MainThread  0.710 s, CPU 0.710 s, 710 samples
100.0%         <module>                    script.py:1
 98.6%         |- main                     script.py:10
 56.3%         |  |- Template.render       django/template/base.py:100
 56.3%         |  |  `- NodeList.render    django/template/base.py:200
 56.3%         |  |     `- Node.render     django/template/base.py:300
 56.3%         |  |        `- Node.call    django/template/base.py:400
 56.3%         |  |           `- item      views.py:5
 42.3%         |  |              |- [self]
 14.1%         |  |              `- query  db.py:7
 42.3%         |  `- [self]
  0.7% +-0.3%  |- small                    script.py:20
  0.7% +-0.3%  `- smaller                  script.py:30

Thread worker  0.100 s, CPU 0.000 s, 100 samples
END
}

@test "a function that asks for it gives way to what it calls, but not with --show-all" {
    {
        process_lines
        main_run 20 '!/app/wrap.py:wrap:1' /app/a.py:inner:5
        main_run 10 '!/app/wrap.py:wrap:1'
        main_run 5 /app/wrap.py:plain:1
        echo end
    } | stream_make >a.prof
    pyrender a.prof | without_facts | sed -n '4,$p' >out
    diff - out <<'END'
0.035         <module>  script.py:1
0.020 ±0.003  ├─ inner  a.py:5
0.010 ±0.003  ├─ [self]
0.005 ±0.002  └─ plain  wrap.py:1
END
    pyrender --show-all a.prof | grep -Eq '^0.030 .*wrap +wrap.py:1'
    pymerge --exclude-path '/app/a.py' a.prof | pyrender >filtered
    run -1 grep "wrap  " filtered
}

# Library code that is small: some within a group, some that is its caller's only call.
small_lines() {
    process_lines
    main_run 500 "$django:Template.render:100 $django:NodeList.render:200 $django:Node.render:300 $django:leaf:310"
    for i in {1..20}; do
        main_run 8 "$django:Template.render:100 $django:NodeList.render:200 $django:small$i:400"
    done
    for i in {1..20}; do
        main_run 8 "$django:Lexer.split:500 $django:tiny$i:$((600 + i))"
    done
    main_run 180 /app/a.py:a:1
    echo end
}

@test "library code that is small is hidden with its group, or said behind the call that it is all of" {
    small_lines | stream_make | pyrender --threshold 2 | without_facts | sed -n '4,$p' >out
    diff - out <<'END'
1.000  <module>                     script.py:1
0.660  ├─ Template.render           django/template/base.py:100
       │  │  [22 frames hidden]  django
0.500  │  └─ leaf                   django/template/base.py:310
0.180  ├─ a                         a.py:1
0.160  └─ Lexer.split [+20 frames]  django/template/base.py:500
END
}

@test "an error is shown where it is over a tenth of the figure, and a digit of it" {
    {
        process_lines
        main_run 1000 /app/a.py:much:1
        main_run 150 /app/a.py:sure:2
        main_run 80 /app/a.py:unsure:3
        main_run 3 /app/a.py:three:4
        echo end
    } | stream_make >a.prof
    pyrender --threshold 0 a.prof | without_facts | sed -n '4,$p' >out
    diff - out <<'END'
1.233         <module>   script.py:1
1.000         ├─ much    a.py:1
0.150         ├─ sure    a.py:2
0.080 ±0.009  ├─ unsure  a.py:3
0.003 ±0.002  └─ three   a.py:4
END
    # Where all that is shown is sure, no column is spent on it.
    pyrender --threshold 10 a.prof | grep -q '^1.000  ├─ much'
}

@test "--threshold, --hide and --show" {
    program_lines | stream_make >a.prof
    pyrender --threshold 0.5 a.prof | grep -Eq '^0.005 ±0.002  ├─ small +script.py:20'
    pyrender --threshold 50% a.prof | grep -Eq 'item \[\+1 frame\] +views.py:5'
    run -1 grep query <(pyrender --threshold 20 a.prof)
    pyrender --show '*/django/*' a.prof >shown
    grep -q 'NodeList.render' shown
    run -1 grep hidden shown
    pyrender --hide '/app/*' --show '*/script.py' a.prof >hidden
    grep -qF '[4 frames hidden]  django, db' hidden
    run -1 grep query hidden
}

@test "decimals follow the interval" {
    for pair in '1000000 0.020' '10000000 0.20' '100000 0.0020' '1000 0.000020' '250000 0.0050'; do
        period=${pair% *}
        { process_lines | sed "s/period=1000000/period=$period unit=1000/" && main_run 20 && echo end; } | stream_make |
            pyrender | grep -q "^${pair#* }  <module>"
    done
}

@test "colours by share, on request and on terminals" {
    program_lines | stream_make >a.prof
    esc=$(printf '\033')
    pyrender a.prof >plain
    run -1 grep "$esc" plain
    pyrender --color a.prof >colored
    sed "s/$esc\[[0-9]*m//g" colored | cmp - plain
    grep -q "^${esc}\[31m0.710${esc}\[0m  *${esc}\[1m<module>${esc}\[0m  *${esc}\[2mscript.py:1${esc}\[0m" colored
    grep -q "^${esc}\[33m0.300${esc}\[0m .*\[self\]" colored
    grep -q "^${esc}\[33m0.400${esc}\[0m .*${esc}\[2mTemplate.render" colored
    grep -q "^${esc}\[32m0.100${esc}\[0m .*${esc}\[1mquery" colored
    grep -q "^${esc}\[2m0.010 ±0.003${esc}\[0m .*other" colored
    CLICOLOR_FORCE=1 pyrender a.prof | cmp - colored
    CLICOLOR_FORCE=1 NO_COLOR=1 pyrender a.prof | cmp - plain
    NO_COLOR=1 pyrender --color a.prof | cmp - colored
    CLICOLOR_FORCE=1 pyrender --no-color a.prof | cmp - plain
    TERM=xterm script -qec 'pyrender a.prof' /dev/null | grep -q "$esc\[31m"
    NO_COLOR=1 TERM=xterm script -qec 'pyrender a.prof' /dev/null >seen
    run -1 grep "$esc" seen
    TERM=dumb script -qec 'pyrender a.prof' /dev/null >seen
    run -1 grep "$esc" seen
}

@test "branches are ASCII where the locale's codeset is not UTF-8" {
    program_lines | stream_make >a.prof
    LC_ALL=C pyrender a.prof >out
    grep -q '^0.700 .* |- main' out
    LC_ALL=C grep -q "^0.010 +-0.003  \`- other" out
    run -1 env LC_ALL=C grep -P '[^\x00-\x7f]' out
    LC_ALL=C pyrender --unicode a.prof | cmp - <(pyrender a.prof)
    pyrender --no-unicode a.prof | cmp - out
}

@test "foreign strings cannot move the cursor, break lines or turn text around" {
    hostile_lines | stream_make >a.prof
    pyrender --threshold 0 a.prof >out
    run -1 env LC_ALL=C grep -aP '[\x00-\x08\x0b-\x1f\x7f]' out
    run -1 grep -P '[\x{202a}-\x{202e}\x{2066}-\x{2069}\x{2028}\x{2029}]' out
    iconv -f UTF-8 -t UTF-8 out >/dev/null
    for name in 'a\x1b[2Jb' 'a\nb' 'a\xffb' 'a\x00b' 'a\u2028b' 'a\u202eb'; do
        tr -s ' ' <out | grep -qF -- "$name $name.py:1"
    done
    [ "$(wc -l <out)" -eq "$(pyrender --threshold 0 --no-unicode a.prof | wc -l)" ]
    awk 'length > 1000 { exit 1 }' out
    grep -q 'xxx…  …xxx' out
    LC_ALL=C pyrender --threshold 0 a.prof >ascii
    run -1 env LC_ALL=C grep -aP '[^\x0a\x20-\x7e]' ascii
}

@test "a stack 3000 deep is drawn as far as it can be read" {
    {
        process_lines
        awk 'BEGIN { printf "run 10 1"; for (i = 0; i < 3000; i++) printf " /app/r.py:f%d:1", i; print "\nend" }'
    } | stream_make >a.prof
    pyrender a.prof >out
    grep -q 'f499 ' out
    grep -q 'f499 \[+2500 frames\]' out
    [ "$(pyrender --collapsed a.prof | tr ';' '\n' | wc -l)" -eq 3000 ]
}

@test "lost names are said to be lost" {
    { process_lines && echo 'run 5 1 ::0 /app/x.py:f:1' && echo end; } | stream_make | pyrender | grep -Eq '^0.005 ±0.002  \[lost\]$|^0.005  \[lost\]$'
}
