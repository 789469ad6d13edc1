#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by bats and the setup
# pyrender --timeline: calls in the order of time, repetitions in one row

load pyrender

# A program that sets up, loops over two short calls, flushes, loops over long calls, pauses and starts again.
timeline_lines() {
    process_lines
    main_run 50 /app/a.py:setup:1
    for _ in {1..100}; do
        main_run 3 /app/a.py:loop:5 /app/a.py:read:10
        main_run 1 /app/a.py:loop:5
        main_run 4 /app/a.py:loop:5 /app/a.py:work:20 /app/a.py:deep:30
    done
    main_run 100 /app/a.py:loop:5 /app/a.py:flush:40
    for _ in {1..5}; do
        main_run 40 /app/a.py:loop:5 /app/a.py:read:10
        main_run 2 /app/a.py:loop:5
    done
    main_run 3 /app/a.py:done:50
    main_run 50 /app/a.py:setup:1
    echo 'run 30 1'
    main_run 50 /app/a.py:setup:1
    echo end
}

@test "calls are in the order in which they began, repetitions in one row with their number" {
    timeline_lines | stream_make >a.prof
    pyrender --timeline a.prof | without_facts >out
    diff - out <<'END'
Process 4711: python3 script.py

Thread MainThread  1.293 s, CPU 1.263 s, 1293 samples
   At   Time
0.000  1.213         <module> [+1 frame]  script.py:1
0.000  0.050 ±0.007  ├─ setup             a.py:1
0.050  1.110         ├─ loop              a.py:5
0.050  0.300         │  ├─ read ×100      a.py:10
0.053  0.110         │  ├─ [self]
0.054  0.400         │  ├─ work ×100      a.py:20
0.054  0.400         │  │  └─ deep ×100   a.py:30
0.850  0.100         │  ├─ flush          a.py:40
0.950  0.200         │  └─ read ×5        a.py:10
1.163  0.050 ±0.007  └─ setup             a.py:1
1.213  0.030 ±0.005  [no Python frame]
1.243  0.050 ±0.007  <module>             script.py:1
1.243  0.050 ±0.007  └─ setup             a.py:1
END
    LC_ALL=C pyrender --timeline a.prof | grep -q 'read x100'
}

@test "the same with a root, in CPU time, to a depth, and with nothing folded" {
    timeline_lines | stream_make >a.prof
    pyrender --timeline --root '^read$' a.prof | without_facts | sed -n '5,$p' >out
    diff - out <<'END'
0.050  0.300  read ×100  a.py:10
0.950  0.200  read ×5    a.py:10
END
    pyrender --timeline --time cpu --depth 2 a.prof | without_facts | sed -n '5,$p' >out
    diff - out <<'END'
0.000  1.263         <module> ×2 [+1 frame]  script.py:1
0.000  0.050 ±0.007  ├─ setup                a.py:1
0.050  1.110         ├─ loop [+5 frames]     a.py:5
1.163  0.050 ±0.007  ├─ setup                a.py:1
1.243  0.050 ±0.007  └─ setup                a.py:1
END
    [ "$(pyrender --timeline --show-all a.prof | grep -c ' read ')" -eq 105 ]
    [ "$(pyrender --timeline --threshold 0 a.prof | grep -c ' read ')" -eq 105 ]
}

@test "what a filter took out of the middle splits a call" {
    {
        process_lines
        main_run 20 /app/a.py:before:1
        main_run 100 /app/b.py:gone:1
        main_run 20 /app/a.py:before:1
        echo end
    } | stream_make | pymerge --path a.py | pyrender --timeline | without_facts | sed -n '5,$p' >out
    diff - out <<'END'
0.000  0.020 ±0.003  <module>   script.py:1
0.000  0.020 ±0.003  └─ before  a.py:1
0.120  0.020 ±0.003  <module>   script.py:1
0.120  0.020 ±0.003  └─ before  a.py:1
END
}

@test "library code folds in order too" {
    program_lines | stream_make | pyrender --timeline | without_facts | sed -n '3,12p' >out
    diff - out <<'END'
Thread MainThread  0.710 s, CPU 0.710 s, 710 samples
   At   Time
0.000  0.710         <module>               script.py:1
0.000  0.700         ├─ main                script.py:10
0.000  0.400         │  ├─ Template.render  django/template/base.py:100
                     │  │  │  [2 frames hidden]  django
0.000  0.400         │  │  └─ Node.call     django/template/base.py:400
0.000  0.400         │  │     └─ item       views.py:5
0.000  0.300         │  │        ├─ [self]
0.300  0.100         │  │        └─ query   db.py:7
END
}

@test "more changes than are held make the order coarser, which is said, and lose no time" {
    {
        process_lines
        awk 'BEGIN { for (i = 0; i < 150000; i++) print "run 1 1 /app/a.py:a:1\nrun 1 1 /app/a.py:b:2" }'
        echo end
    } | stream_make >a.prof
    pyrender --timeline a.prof >out
    grep -Eq '^in order to within 0\.[0-9]+ s: the stack changed more often than is held$' out
    grep -Eq '^0.000  150.000  a ×[0-9]+ ' out
    grep -Eq '^0.001  150.000  b ×[0-9]+ ' out
}

@test "threads together have no order of time" {
    program_lines | stream_make >a.prof
    run -2 pyrender --timeline --combine a.prof
    [[ ${lines[0]} == 'pyrender: --combine does not apply to --timeline' ]]
}
