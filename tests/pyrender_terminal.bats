#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by bats and the setup
# pyrender's text on a real terminal, in pagers, pipes and logs

load pyrender

teardown() {
    tmux -S "$BATS_TEST_TMPDIR/tmux" kill-server 2>/dev/null || true
}

# on_screen COLUMNS COMMAND…: what a terminal of so many columns shows when all of them are done
on_screen() {
    local columns=$1 i
    shift
    tmux -S "$BATS_TEST_TMPDIR/tmux" -u new-session -d -x "$columns" -y 90 \
        "export PATH=$PATH LC_ALL=$LC_ALL; cd $BATS_TEST_TMPDIR; $*; echo that is all; sleep 60"
    for ((i = 0; i < 200; i++)); do
        tmux -S "$BATS_TEST_TMPDIR/tmux" capture-pane -p >screen
        ! grep -qx 'that is all' screen || break
        sleep 0.1
    done
    tmux -S "$BATS_TEST_TMPDIR/tmux" kill-server
    sed '/^that is all$/,$d' screen
}

# Names with wide and combining characters, with controls, long ones, and a plain program.
terminal_lines() {
    process_lines
    main_run 60 '/app/\xe4\xb8\xad\xe6\x96\x87.py:\xe4\xb8\xad\xe6\x96\x87\xe5\xad\x97:1'
    main_run 50 '/app/e\xcc\x81.py:cafe\xcc\x81:1'
    main_run 40 '/app/\x1b[2J\x07.py:\x1b[10;10Hmoved\x1b]0;title\x07:1'
    main_run 30 "/app/$(printf 'long%.0s' {1..60}).py:$(printf 'name%.0s' {1..60}):1"
    main_run 20 /app/plain.py:plain:1
    echo end
}

@test "on a terminal, lines are cut to its width, and are what they are elsewhere" {
    terminal_lines | stream_make >a.prof
    for columns in 60 100; do
        for form in --text --flat --lines --timeline; do
            pyrender $form --width $columns a.prof >wanted
            [ "$(wc -L <wanted)" -le $columns ]
            on_screen $columns "pyrender $form a.prof" | diff wanted -
        done
    done
}

@test "a terminal's width is its width when pyrender starts" {
    terminal_lines | stream_make >a.prof
    on_screen 100 "stty cols 60; pyrender a.prof >/dev/tty; stty cols 100" >shown
    pyrender --width 60 a.prof | diff - shown
    # Narrower than reports can be, and of no known width.
    on_screen 100 "stty cols 10; pyrender a.prof; stty cols 100" | diff <(pyrender --width 40 a.prof) -
    on_screen 500 "stty cols 0; pyrender a.prof; stty cols 500" | diff <(pyrender a.prof) -
}

@test "into a pager, a pipe or a file, lines are whole and plain" {
    terminal_lines | stream_make >a.prof
    pyrender a.prof >wanted
    on_screen 60 "pyrender a.prof >file; pyrender a.prof | cat >pipe" >/dev/null
    cmp file wanted
    cmp pipe wanted
    on_screen 60 "pyrender --color --width 60 a.prof | LESS= less -R -E -X" >shown
    diff <(pyrender --width 60 a.prof) <(grep -v '(END)' shown)
}

@test "a reader that has enough is no error" {
    terminal_lines | stream_make >a.prof
    for form in --text --flat --lines --timeline --collapsed --html; do
        run --separate-stderr bash -c "set -o pipefail; yes '' | head -n 3 >/dev/null; pyrender $form a.prof | head -n 1"
        [ -n "$output" ] && [ -z "$stderr" ]
    done
}

@test "in a log of plain ASCII, every form is ASCII and of lines" {
    terminal_lines | stream_make >a.prof
    for form in --text --flat --lines --timeline '--text --invert'; do
        # shellcheck disable=SC2086 # words are meant
        LC_ALL=C pyrender $form a.prof >out </dev/null
        run -1 env LC_ALL=C grep -aP '[^\x20-\x7e]' out
        # shellcheck disable=SC2086
        env -u LANG -u LC_ALL TERM=dumb pyrender $form a.prof | cmp - out
    done
}
