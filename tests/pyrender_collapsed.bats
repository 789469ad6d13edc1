#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by bats and the setup
# pyrender --collapsed: what flamegraph.pl and its kin read

load pyrender

@test "one thread: its stacks and their samples" {
    { process_lines && main_run 30 && main_run 12 /app/a.py:f:3:4 && main_run 3 /app/a.py:f:3:9 && echo end; } |
        stream_make | pyrender --collapsed | diff - <(
            echo '<module> (script.py:1) 30'
            echo '<module> (script.py:1);f (a.py:3) 15'
        )
}

@test "several processes and threads are the first frames, unless combined" {
    { program_lines && program_lines | sed 's/4711/4800/g'; } | stream_make >a.prof
    pyrender --collapsed a.prof >out
    grep -qxF 'Process 4711: python3 script.py;Thread 4711: MainThread;<module> (script.py:1);main (script.py:10) 300' out
    grep -qxF 'Process 4800: python3 script.py;Thread 4713: idle-1;[no Python frame] 50' out
    [ "$(awk '{ sum += $NF } END { print sum }' out)" -eq 1720 ]
    pyrender --collapsed --combine a.prof >out
    grep -qxF '<module> (script.py:1);main (script.py:10) 600' out
    grep -qxF '[no Python frame] 100' out
    [ "$(awk '{ sum += $NF } END { print sum }' out)" -eq 1720 ]
}

@test "every line is a stack, a blank and a number, whatever the names are" {
    hostile_lines | stream_make | pyrender --collapsed >out
    [ "$(wc -l <out)" -eq 12 ]
    run -1 grep -avP '^[^;]+;[^;]+ 10$' out
    run -1 env LC_ALL=C grep -aP '[\x00-\x08\x0b-\x1f\x7f]' out
    iconv -f UTF-8 -t UTF-8 out >/dev/null
    grep -qF 'a\x3bb 42 (a\x3bb 42.py:1) 10' out
    grep -qF 'a\nb (a\nb.py:1) 10' out
    # Nothing is cut: tools compare names.
    awk 'length > 20000 { found = 1 } END { exit !found }' out
}

@test "missed samples count nowhere, doubted ones do" {
    {
        process_lines
        main_run 5
        printf 'round\nmissed 1\n'
        echo 'run 2 1 flags=64 /app/script.py:<module>:1'
        echo end
    } | stream_make | pyrender --collapsed | diff - <(echo '<module> (script.py:1) 7')
}
