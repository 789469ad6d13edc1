#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by bats and the setup
# pyrender: what is shown and how: --root, --time, --invert, --depth, --sort, --width, and options that do not go together

load pyrender

# What the first rows' names are, without times, branches and places.
names() {
    without_facts | sed -n '4,$p' | sed 's/±[0-9.]*//; s/^[0-9. ]*//; s/[│├└─ ]*//' | awk 'NF { print $1 } !NF { exit }'
}

@test "--root shows what is below a function, with what shares are of" {
    program_lines | stream_make >a.prof
    pyrender --root '^Node\.call$' a.prof >out
    grep -qxF "Shown     what matches '^Node\.call$' and all below it, 400 samples (47 %)" out
    without_facts <out >tree
    diff - tree <<'END'
Process 4711: python3 script.py

Thread MainThread  0.400 s, CPU 0.400 s, 400 samples
0.400  Node.call    django/template/base.py:400
0.400  └─ item      views.py:5
0.300     ├─ [self]
0.100     └─ query  db.py:7
END
    pyrender --flat --root 'Node.call' a.prof | grep -Eq '^0.100   25.0%  0.100  query '
    pyrender --collapsed --root Node.call a.prof | sort >out
    diff - out <<'END'
Thread 4711: MainThread;Node.call (django/template/base.py:400);item (views.py:5) 300
Thread 4711: MainThread;Node.call (django/template/base.py:400);item (views.py:5);query (db.py:7) 100
END
    pyrender --html --root Node.call a.prof | page_data >data
    grep -aq '"query"' data
    run -1 grep -aq '"Template.render"' data
}

@test "of a root within itself, the outermost counts" {
    {
        process_lines
        main_run 10 /app/a.py:f:1 /app/a.py:g:2 /app/a.py:f:1
        main_run 5 /app/a.py:g:2
        echo end
    } | stream_make >a.prof
    pyrender --root '^f$' --threshold 0 a.prof | without_facts | sed -n '4,$p' >out
    diff - out <<'END'
0.010  f        a.py:1
0.010  └─ g     a.py:2
0.010     └─ f  a.py:1
END
    pyrender --root '^(f|g)$' a.prof | without_facts | sed -n '4,5p' | grep -q '^0.010'
    # What starts threads, and the stem of library code, stay when they are asked for.
    program_lines | stream_make >b.prof
    pyrender --root 'Thread.run' b.prof | grep -Eq '^0.100  Thread.run +threading.py:3$'
    pyrender --root 'Template.render' b.prof | grep -Eq '^0.400  Template.render +django'
}

@test "a root that no function has is an error, and nothing is written" {
    program_lines | stream_make >a.prof
    for form in --text --flat --lines --timeline --html --collapsed; do
        run -1 --separate-stderr pyrender $form -o out --root nothing a.prof
        [ "$stderr" = "pyrender: --root 'nothing': no function with samples has such a name" ]
        [ ! -e out ]
    done
}

# 300 ms on CPU, 100 ms asleep in the same function, 100 ms in another that only sleeps.
sleepy_lines() {
    process_lines
    main_run 300 /app/a.py:work:1
    echo 'run 100 1 /app/script.py:<module>:1:30 /app/a.py:work:1'
    echo 'run 100 1 /app/script.py:<module>:1:30 /app/a.py:nap:9'
    echo 'run 50 2 /app/a.py:wait:20'
    echo end
}

@test "--time cpu leaves out what waits, in every form, and says so" {
    sleepy_lines | stream_make >a.prof
    pyrender --time cpu --threshold 0 a.prof >out
    grep -qx 'Shown     CPU time, without what waited' out
    without_facts <out >tree
    diff - tree <<'END'
Process 4711: python3 script.py

Thread MainThread  0.500 s, CPU 0.300 s, 500 samples
0.300  <module>  script.py:1
0.300  └─ work   a.py:1

Threads without CPU time: worker  0.050 s, CPU 0.000 s, 50 samples
END
    pyrender --time wall a.prof | cmp - <(pyrender a.prof)
    pyrender --time cpu --flat a.prof | grep -Eq '^0.300  100.0%  0.300  work '
    [ "$(pyrender --time cpu --collapsed a.prof)" = "Thread 4711: MainThread;<module> (script.py:1);work (a.py:1) 300" ]
    pyrender --time cpu --root work a.prof | grep -q '^Shown     CPU time, without what waited; what matches '
    { process_lines && echo 'run 5 1 /app/a.py:f:1' && echo end; } | stream_make >none.prof
    run -1 --separate-stderr pyrender --time cpu none.prof
    [ "$stderr" = "pyrender: --time cpu: there is no CPU time in the samples" ] && [ -z "$output" ]
}

@test "--invert shows who calls what had the time" {
    program_lines | stream_make >a.prof
    pyrender --invert a.prof | without_facts | sed -n '1,19p' >out
    diff - out <<'END'
Process 4711: python3 script.py

Thread MainThread  0.710 s, CPU 0.710 s, 710 samples
0.300         item                      views.py:5
0.300         └─ Node.call              django/template/base.py:400
                 │  [2 frames hidden]  django
0.300            └─ Template.render     django/template/base.py:100
0.300               └─ main             script.py:10
0.300                  └─ <module>      script.py:1
0.300         main                      script.py:10
0.300         └─ <module>               script.py:1
0.100         query                     db.py:7
0.100         └─ item                   views.py:5
0.100            └─ Node.call           django/template/base.py:400
                    │  [2 frames hidden]  django
0.100               └─ Template.render  django/template/base.py:100
0.100                  └─ main          script.py:10
0.100                     └─ <module>   script.py:1
0.010 ±0.003  other (4 frames)
END
    # What starts a thread gives way at the far end, as it does at the near end of a tree.
    pyrender --invert --show-all a.prof | grep -q 'Condition.wait'
    run -1 grep bootstrap <(pyrender --invert --show-all a.prof)
    pyrender --collapsed --invert a.prof | grep -q 'query (db.py:7);item (views.py:5);Node.call .*;<module> (script.py:1) 100'
    [ "$(pyrender --collapsed --invert a.prof | awk '{ sum += $NF } END { print sum }')" -eq 860 ]
}

@test "--depth folds rows that are deeper" {
    program_lines | stream_make >a.prof
    pyrender --depth 2 a.prof | without_facts | sed -n '4,6p' >out
    diff - out <<'END'
0.710         <module>             script.py:1
0.700         ├─ main [+6 frames]  script.py:10
0.010 ±0.003  └─ other (2 frames)
END
    pyrender --depth 100 a.prof | cmp - <(pyrender a.prof)
    # A group's first call is a row, what it hides is none.
    pyrender --depth 4 a.prof | grep -q 'Node.call \[+2 frames\]'
}

@test "what is folded is said behind a short name however narrow its column is" {
    {
        process_lines
        for i in {1..150}; do
            main_run 1 /app/a.py:go:1 "/app/a.py:f$i:$i"
        done
        echo end
    } | stream_make >a.prof
    pyrender --width 80 a.prof | grep -Eq '└─ go \[\+150 frames\]  a.py:1$'
}

@test "--sort orders the rows of a tree" {
    {
        process_lines
        main_run 100 /app/a.py:bee:1 /app/a.py:x:2
        main_run 50 /app/a.py:ant:3
        main_run 20 /app/a.py:cat:4
        main_run 55 /app/a.py:cat:4 /app/a.py:x:2
        echo end
    } | stream_make >a.prof
    [ "$(pyrender a.prof | names | xargs)" = "<module> bee x cat x [self] ant" ]
    [ "$(pyrender --sort total a.prof | names | xargs)" = "<module> bee x cat x [self] ant" ]
    [ "$(pyrender --sort self a.prof | names | xargs)" = "<module> ant cat x [self] bee x" ]
    [ "$(pyrender --sort name a.prof | names | xargs)" = "<module> ant bee x cat [self] x" ]
    [ "$(pyrender --sort samples a.prof | names | xargs)" = "<module> bee x cat x [self] ant" ]
}

@test "lines are no wider than --width, in every form of text" {
    { hostile_lines && program_lines | sed s/4711/4800/g; } | stream_make >a.prof
    {
        process_lines
        main_run 10 '/app/\xe4\xb8\xad\xe6\x96\x87\xe5\xad\x97\xe4\xb8\xad\xe6\x96\x87\xe5\xad\x97.py:\xe4\xb8\xad\xe6\x96\x87\xe5\xad\x97\xe4\xb8\xad\xe6\x96\x87\xe5\xad\x97\xe4\xb8\xad\xe6\x96\x87\xe5\xad\x97:1'
        main_run 10 "/app/zalgo.py:a$(printf '\\xcc\\x81%.0s' {1..300}):1"
        awk 'BEGIN { printf "run 10 1"; for (i = 0; i < 90; i++) printf " /app/r.py:f%d:1", i; print "" }'
        echo end
    } | stream_make >b.prof
    for width in 40 41 60 80 200; do
        for form in --text --flat --lines --timeline '--text --invert' '--text --combine' '--text --show-all'; do
            for looks in --unicode --no-unicode '--percent --threshold 0'; do
                # shellcheck disable=SC2086 # words are meant
                pyrender $form $looks --width $width a.prof b.prof >out
                [ "$(wc -L <out)" -le $width ] || { echo "$form $looks $width"; return 1; }
            done
        done
    done
    pyrender --width 0 a.prof b.prof | cmp - <(pyrender a.prof b.prof)
}

@test "what is cut ends in an ellipsis, a place begins with one" {
    program_lines | stream_make >a.prof
    pyrender --width 44 a.prof | without_facts | sed -n '4,13p' >out
    diff - out <<'END'
0.710         <module>          script.py:1
0.700         ├ main            script.py:10
0.400         │ ├ Template.re…  …base.py:100
              │ │ │ [2 frames hidden]…
0.400         │ │ └ Node.call   …base.py:400
0.400         │ │   └ item      views.py:5
0.300         │ │     ├ [self]
0.100         │ │     └ query   db.py:7
0.300         │ └ [self]
0.010 ±0.003  └ other (2 frames)
END
    pyrender --width 44 --no-unicode a.prof | grep -q '^0.400          || Template\.\.\.\.  \.\.\.se\.py:100$'
}

@test "a deep tree is drawn with narrow branches, then without the outer ones" {
    {
        process_lines
        awk 'BEGIN { printf "run 10 1"; for (i = 0; i < 90; i++) printf " /app/r.py:f%d:1", i; print "\nend" }'
    } | stream_make >a.prof
    pyrender --width 80 a.prof | without_facts >out
    grep -Eq '^0.010  …│* *└ f89 +r.py:1$' out
    grep -Eq '^0.010   └ f2 +r.py:1$' out
    pyrender --width 80 --no-unicode a.prof | grep -Eq '^0.010  \. *` f89 +r.py:1$'
    pyrender a.prof | grep -q '^0.010   \{264\}└─ f89  r.py:1$'
}

@test "wrong values are refused in one line, and status 2" {
    program_lines | stream_make >a.prof
    while read -r options; do
        # shellcheck disable=SC2086 # words are meant
        run -2 --separate-stderr pyrender $options a.prof
        [ -z "$output" ]
        [[ ${stderr_lines[0]} == "pyrender: '"*"': "* ]] || { echo "$options: $stderr"; return 1; }
        [[ ${stderr_lines[1]} == "usage: pyrender "* ]]
    done <<'END'
--width 39
--width -80
--width 80x
--width 99999999999999999999
--depth 0
--depth -1
--depth two
--sort time
--sort SELF
--time gil
--root (
--root a --root b
--threshold 1e9
END
    for option in --width --depth --sort --time --root; do
        run -2 --separate-stderr pyrender a.prof $option
    done
}

@test "options that do not apply to a form are refused, not ignored" {
    program_lines | stream_make >a.prof
    while read -r option form rest; do
        # shellcheck disable=SC2086
        run -2 --separate-stderr pyrender $form $option $rest a.prof
        [ "${stderr_lines[0]}" = "pyrender: $option does not apply to $form" ] || { echo "$stderr"; return 1; }
    done <<'END'
--invert --flat
--invert --lines
--invert --timeline
--invert --html
--depth --flat 3
--depth --lines 3
--depth --html 3
--depth --collapsed 3
--hide --flat x
--show --lines x
--hide --collapsed x
--sort --timeline self
--sort --html self
--sort --collapsed self
--width --html 80
--width --collapsed 80
--threshold --collapsed 5
--percent --collapsed
--show-all --collapsed
--combine --timeline
END
    run -2 --separate-stderr pyrender --flat --lines a.prof
    [ "${stderr_lines[0]}" = "pyrender: --flat and --lines: a report has one form" ]
    run -2 --separate-stderr pyrender --depth 3 -o a.folded a.prof
    [ "${stderr_lines[0]}" = "pyrender: --depth does not apply to --collapsed" ]
    run -0 pyrender --flat --flat a.prof
    run -0 pyrender --flat -o a.html a.prof
    grep -q '^ Self ' a.html
}
