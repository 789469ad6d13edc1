#!/usr/bin/env bats
# shellcheck disable=SC2154,SC2030,SC2031 # set by bats and the setup
# pyrender --live: under tmux, with streams that are written as the test goes.  What is counted is
# tests/unit/live_test.c's.

load pyrender

teardown() {
    [ -n "$BATS_TEST_COMPLETED" ] || screen
    exec 9>&-
    tmux -S ./tmux kill-server 2>/dev/null || true
}

# terminal: a shell on a terminal of its own
terminal() {
    tmux -S ./tmux -f /dev/null new-session -d -x 80 -y 24 \
        'env -u TMUX PS1="> " bash --norc --noprofile' 3>&-
    see '^>'
}

# see PATTERN…: waits until the screen shows all of them (extended regular expressions)
see() {
    local pattern
    for pattern; do
        for _ in {1..200}; do
            screen | grep -qE -e "$pattern" && continue 2
            sleep 0.1
        done
        printf 'not seen: %s\n' "$pattern"
        screen
        return 1
    done
}

# see_none PATTERN: waits until it is gone
see_none() {
    for _ in {1..200}; do
        screen | grep -qE -e "$1" || return 0
        sleep 0.1
    done
    printf 'still seen: %s\n' "$1"
    screen
    return 1
}

screen() {
    tmux -S ./tmux capture-pane -p
}

keys() {
    tmux -S ./tmux send-keys "$@"
}

# is_restored: the shell's own screen, with the modes it had
is_restored() {
    see '^status='
    [ "$(tmux -S ./tmux display-message -p '#{alternate_on}#{cursor_flag}')" = 01 ]
    keys 'stty -a > after' Enter
    see 'stty -a > after'
    keys 'echo compared' Enter
    see '^compared'
    diff before after
}

# watch: a live view of what is said to descriptor 9, as to stream_make
watch() {
    mkfifo lines
    terminal
    keys "stty -a > before; stream_make < lines | pyrender --live; echo status=\$?" Enter
    exec 9>lines
}

say() {
    printf '%s\n' "$@" >&9
}

# A program with three threads, half a second of it.
watch_program() {
    watch
    {
        process_lines
        main_run 300 /app/script.py:main:10 /app/script.py:parse:20
        main_run 100 /app/script.py:main:10 /usr/lib/python3.11/json/decoder.py:decode:5
        echo 'run 100 2 cpu=0 /usr/lib/python3.11/threading.py:Thread.run:3 /app/script.py:work:50'
        echo flush
    } >&9
    see parse
}

@test "the hottest functions, and what can be asked of them" {
    watch_program
    see '^4711 python3 script.py' '1000 Hz asked, 1000 Hz reached, 0 late' 'Wall time, all 0.5 s, all threads' \
        '^  60.0 +0.30   60.0 +0.30 .*parse  script.py:20' '^  20.0 +0.10   20.0 +0.10 .*work  script.py:50' \
        '^   0.0 +0.00   80.0 +0.40 .*main  script.py:10'
    keys t
    see 'by total time'
    screen | sed -n 5p | grep '<module>'
    keys c
    see 'CPU time, all 0.5 s' '^  75.0 +0.30   75.0 .*parse' '^   0.0 +0.00    0.0 .*work'
    keys l
    see_none 'decode'
    keys /PAR
    see '^/PAR'
    see_none '<module>'
    keys Enter
    see 'filter PAR: 1 of 6'
    keys Escape
    see '<module>'
    keys q
    exec 9>&-
    is_restored
    see 'status=0' '^Program +python3 script.py' '^Sampling +1000 Hz asked' '75.0 .*parse'
}

@test "threads, and one of them alone" {
    watch_program
    keys T
    see 'Threads, all 0.5 s, 2 threads' '^ 100.0 +0.40 +0.40 .*4711 MainThread +parse' '^   0.0 .*4712 worker +work'
    keys Down Enter
    see 'thread worker \(4712\)' '^ 100.0 +0.10  100.0 +0.10 .*work'
    see_none 'parse'
    keys a
    see 'all threads' 'parse'
}

@test "more arrives; a pause holds the screen, a reset begins anew, a span is the last seconds" {
    watch_program
    keys p
    see '^paused'
    say "run 20000 1 cpu=0 /app/script.py:later:60" flush
    sleep 1
    screen | grep 'all 0.5 s'
    keys Space
    see 'all 20.5 s' '^  97.6 .*later' '^   0.5 .*work'
    keys w
    see 'last 9.[0-9] s|last 10.0 s' '^ 100.0 .*later'
    see_none 'parse'
    keys w r
    see 'no samples yet' '1000 Hz asked'
    say "run 500 1 cpu=0 /app/script.py:after:70" flush
    see 'all 0.5 s' '^ 100.0 .*after'
    see_none 'later'
}

@test "help, and sizes down to 20 by 5" {
    watch_program
    keys '?'
    see 'sort by self, total, name' 'Any other key leaves the help'
    keys x
    see '^4711 python3'
    tmux -S ./tmux resize-window -x 120 -y 30
    see '16 s trend' '/app/script.py|script.py:20'
    tmux -S ./tmux resize-window -x 20 -y 5
    see 'SELF%' '60.0 parse' '^\? help'
    [ "$(screen | wc -L)" -le 20 ]
    keys Down Down Down
    tmux -S ./tmux resize-window -x 80 -y 24
    see '^4711 python3' 'parse  script.py:20'
}

@test "the end of the stream leaves the last table" {
    watch_program
    say end
    exec 9>&-
    is_restored
    see 'status=0' '^Shown +Wall time, all 0.5 s' '60.0 .*parse  script.py:20'
    see_none 'ends before'
}

@test "a stream that is cut short leaves it too" {
    watch_program
    exec 9>&-
    is_restored
    see 'status=0' '60.0 .*parse' '^pyrender: the stream ends before the recording did'
}

# The view's process, on the terminal of the test.
view_pid() {
    pgrep -t "$(tmux -S ./tmux display-message -p '#{s|/dev/||:pane_tty}')" pyrender
}

@test "it stops and goes on as others do" {
    watch_program
    keys C-z
    see 'Stopped'
    [ "$(tmux -S ./tmux display-message -p '#{alternate_on}')" = 0 ]
    keys fg Enter
    see '^4711 python3' '60.0 .*parse'
    keys T
    see 'by CPU time'
}

@test "signals give the terminal back" {
    local signal
    program_lines | sed '$d' | sed '$aflush' | stream_make >run.prof
    terminal
    for signal in TERM HUP QUIT; do
        keys "clear; stty -a > before; (ulimit -c 0; exec pyrender --live run.prof); echo status=\$?" Enter
        see '^4711 python3'
        kill -$signal "$(view_pid)"
        is_restored
        see "status=$((128 + $(kill -l $signal)))"
    done
}

@test "Ctrl-C waits for the end of the stream" {
    mkfifo lines
    terminal
    # What writes here ends in its own time, as a recorder does.
    keys "stty -a > before; (trap '' INT; exec stream_make < lines) | pyrender --live; echo status=\$?" Enter
    exec 9>lines
    {
        process_lines
        main_run 300 /app/script.py:main:10
        echo flush
    } >&9
    see 'main'
    keys C-c
    see 'waiting for the end of the stream'
    { main_run 200 /app/script.py:last:20 && echo end; } >&9
    exec 9>&-
    is_restored
    see 'status=0' 'all 0.5 s' 'last  script.py:20'
}

@test "names cannot move the cursor, and wide ones are cut whole" {
    watch
    {
        hostile_lines | sed '$d'
        main_run 30 '/app/wide.py:漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字:1'
        main_run 20 '/app/marks.py:e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81x:1'
        echo flush
    } >&9
    see '^4711 python3' 'a\\x1b\[2Jb' 'a\\u202eb' 'a\\nb' 'a\\xffb' '漢字漢字.*…' '^~ 17.6 .*漢字'
    screen | grep -a '漢字' | LC_ALL=C.UTF-8 grep -vE '漢字漢$'
    [ "$(screen | wc -l)" -le 24 ]
    keys q
    exec 9>&-
    is_restored
}

@test "what is no stream is an error, with the terminal given back" {
    terminal
    keys "stty -a > before; head -c 300000 /dev/urandom | pyrender --live; echo status=\$?" Enter
    is_restored
    see "^pyrender: '<stdin>': byte 0: not a pyprof stream" 'status=1'
}

@test "damage is said on the screen and at the end" {
    local stream
    for stream in 1 2; do program_lines | stream_make >$stream; done
    mkfifo lines
    terminal
    head -c 1000 /dev/urandom >noise
    keys "stty -a > before; cat 1 noise 2 lines | pyrender --live; echo status=\$?" Enter
    see '1000 bytes unreadable' '^4711 python3 script.py'
    exec 9>lines
    exec 9>&-
    is_restored
    see 'status=0' "^pyrender: '<stdin>': byte [0-9]+: "
}

@test "a file is followed until its sections have ended" {
    program_lines | stream_make >whole
    head -c 500 whole >run.prof
    terminal
    keys "stty -a > before; pyrender --live run.prof; echo status=\$?" Enter
    see 'nothing new in the stream'
    tail -c +501 whole >>run.prof
    is_restored
    see 'status=0' 'Node.call'
}

@test "colours, and none" {
    program_lines | sed '$d' | sed '$aflush' | stream_make >run.prof
    terminal
    keys 'pyrender --live run.prof' Enter
    see '^4711 python3'
    tmux -S ./tmux capture-pane -pe | grep -aE $'\033\\[[0-9;]*3[123]'
    keys q
    see '^Program'
    keys 'clear; NO_COLOR=1 pyrender --live --sort total --time cpu run.prof' Enter
    see '^4711 python3' '^CPU time, .* by total time'
    run ! grep -aE $'\033\\[[0-9;]*3[1-7]' <(tmux -S ./tmux capture-pane -pe)
}

@test "with pyrec, whose program is seen while it runs" {
    [ "${PYREC_SANITIZED:-}" != 1 ] || skip "a sanitized agent cannot be preloaded"
    printf '%s\n' 'def hot():' '    return sum(range(1000))' 'import os, time' 'end = time.time() + 60' \
        'while time.time() < end and not os.path.exists("enough"):' '    hot()' >busy.py
    terminal
    keys "pyrec -o - $PWD/busy.py 2> log | pyrender --live; echo status=\$?" Enter
    see 'hot  busy.py:1' ' Hz asked'
    keys q
    touch enough
    see '^status=0' '^Sampling'
}

@test "wrong use is one line" {
    program_lines | stream_make >run.prof
    run -1 --separate-stderr pyrender --live run.prof
    [ "$stderr" = 'pyrender: --live draws on a terminal, and stdout is none' ]
    run -2 --separate-stderr pyrender --live run.prof run.prof
    [[ ${stderr_lines[0]} == 'pyrender: --live shows one stream'* ]]
    run -2 --separate-stderr pyrender --live -o x run.prof
    [[ ${stderr_lines[0]} == 'pyrender: --live shows a stream on the terminal'* ]]
    run -2 --separate-stderr pyrender --live --percent run.prof
    [[ ${stderr_lines[0]} == 'pyrender: --percent does not apply to --live' ]]
    run -2 --separate-stderr pyrender --live --sort samples run.prof
    run -2 --separate-stderr pyrender --live --root main run.prof
    terminal
    keys "TERM=nonsense pyrender --live run.prof; echo status=\$?" Enter
    see "^pyrender: TERM is 'nonsense'" 'status=1'
    keys "clear; pyrender --live missing.prof; echo status=\$?" Enter
    see "^pyrender: 'missing.prof': No such file" 'status=1'
}
