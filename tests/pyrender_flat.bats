#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by bats and the setup
# pyrender --flat and --lines: self and total time of functions and of lines, and their source

load pyrender

# Recursion (item, by two lines of it), a function that is another's callee only, small ones, and an idle thread.
flat_lines() {
    process_lines
    main_run 300 /app/script.py:main:10:12 /app/views.py:item:5:6
    main_run 100 /app/script.py:main:10:12 /app/views.py:item:5:6 /app/views.py:item:5:7
    main_run 150 /app/script.py:main:10:12 /app/views.py:item:5:7 "$django:Node.render:300:302"
    main_run 440 /app/script.py:main:10:15
    main_run 7 /app/script.py:small:20:21
    main_run 3 /app/script.py:main:10:16 /app/script.py:smaller:30:31
    echo 'run 50 3'
    echo end
}

@test "functions by self, recursion counted once, the rest in a row" {
    flat_lines | stream_make | pyrender --flat | without_facts >out
    diff - out <<'END'
Process 4711: python3 script.py

Thread MainThread  1.000 s, CPU 1.000 s, 1000 samples
 Self          Share  Total  Function     Place
0.440          44.0%  0.993  main         script.py:10
0.400          40.0%  0.550  item         views.py:5
0.150          15.0%  0.150  Node.render  django/template/base.py:300
0.010 ±0.003    1.0%         other (3 functions)

Threads without Python frames: idle-1  0.050 s, CPU 0.000 s, 50 samples
END
}

@test "functions by total, samples and name" {
    flat_lines | stream_make >a.prof
    pyrender --flat --sort total --threshold 20 a.prof | without_facts | sed -n '4,7p' >out
    diff - out <<'END'
 Self   Share  Total  Function  Place
0.000  100.0%  1.000  <module>  script.py:1
0.440   99.3%  0.993  main      script.py:10
0.400   55.0%  0.550  item      views.py:5
END
    pyrender --flat --sort samples a.prof | cmp - <(pyrender --flat --sort self a.prof)
    pyrender --flat --show-all --percent --sort name --no-unicode a.prof | without_facts | sed -n '4,10p' >out
    diff - out <<'END'
 Self          Total         Function     Place
 0.0%         100.0%         <module>     script.py:1
15.0%          15.0%         Node.render  django/template/base.py:300
40.0%          55.0%         item         views.py:5
44.0%          99.3%         main         script.py:10
 0.7% +-0.3%    0.7% +-0.3%  small        script.py:20
 0.3% +-0.2%    0.3% +-0.2%  smaller      script.py:30
END
}

@test "the selves of a list add up to its whole, for all threads together too" {
    flat_lines | stream_make >a.prof
    for options in --flat --lines '--flat --threshold 30' '--lines --threshold 30' '--flat --sort total' \
        '--flat --show-all' '--lines --show-all'; do
        # shellcheck disable=SC2086 # words are meant
        pyrender $options --combine a.prof | without_facts |
            awk 'NR > 2 { sum += $1 } END { exit !(sum > 1.0499 && sum < 1.0501) }'
    done
    pyrender --flat --combine a.prof | grep -Eq '^0.050 ±0.007    4.8%  0.050 ±0.007  \[no Python frame\]$'
}

# A program's source beside the stream that names it: of wide characters, controls and bytes that are no UTF-8.
with_source() {
    mkdir app
    printf 'a\nb\nc\nd\ndef item():\n\tx = "\033[31m\377"; item()\r\n    item("中文")  \n' >app/views.py
    touch -d 2001-01-01 app/views.py
    flat_lines | sed "s,/app,$PWD/app,g" | stream_make >a.prof
}

@test "lines with their source, or their function where there is none to read" {
    with_source
    pyrender --lines a.prof | without_facts | sed -n '4,$p' >out
    diff - out <<'END'
 Self          Share  Total  Line                         Source
0.440          44.0%  0.440  script.py:15                 main
0.300          30.0%  0.400  views.py:6                   x = "\x1b[31m\xff"; item()
0.150          15.0%  0.150  django/template/base.py:302  Node.render
0.100          10.0%  0.250  views.py:7                   item("中文")
0.010 ±0.003    1.0%         other (5 lines)

Threads without Python frames: idle-1  0.050 s, CPU 0.000 s, 50 samples
END
    pyrender --lines --no-unicode a.prof | grep -qF 'item("\u4e2d\u6587")'
    pyrender --lines --sort name a.prof | without_facts | sed -n '5,6p' | grep -q django/template/base.py
}

@test "a source that changed since it was recorded is said to have" {
    with_source
    run -1 grep changed <(pyrender --lines a.prof)
    touch app/views.py
    pyrender --lines a.prof | grep -qx 'changed since it was recorded: views.py'
}

@test "only regular files are read as source" {
    mkfifo pipe.py
    ln -s /dev/zero zero.py
    mkdir folder.py
    truncate -s 20M large.py
    printf 'only this' >last.py
    {
        process_lines
        for name in pipe zero folder large last missing; do
            main_run 10 "$PWD/$name.py:in_$name:1"
        done
        main_run 10 "$PWD/last.py:past_end:1:2"
        main_run 10 "$PWD/last.py\\x00:nul:1"
        main_run 10 "$PWD/last.py:no_line:0"
        echo end
    } | stream_make >a.prof
    timeout 20 pyrender --lines --threshold 0 a.prof >out
    for name in in_pipe in_zero in_folder in_large in_missing past_end nul no_line 'only this'; do
        grep -q "  $name\$" out
    done
}

@test "a function and a lambda on its line are one line" {
    {
        process_lines
        main_run 10 /app/a.py:f:1:2 '/app/a.py:f.<locals>.<lambda>:2:2'
        main_run 10 /app/a.py:f:1:2
        echo end
    } | stream_make >a.prof
    pyrender --lines --show-all a.prof | without_facts | sed -n '5,$p' >out
    diff - out <<'END'
0.020  100.0%  0.020  a.py:2        f
0.000    0.0%  0.020  script.py:30  <module>
END
}

@test "lists are cut to the width, and place and source share it" {
    with_source
    for width in 40 45 50 80; do
        for form in --flat --lines '--flat --percent' '--flat --sort total' '--flat --no-unicode'; do
            # shellcheck disable=SC2086 # words are meant
            [ "$(pyrender $form --width $width a.prof | wc -L)" -le $width ]
        done
    done
    pyrender --flat --width 50 a.prof | grep -q '  Node.render  …o/template/base.py:300$'
}
