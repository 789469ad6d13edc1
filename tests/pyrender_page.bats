#!/usr/bin/env bats
# pyrender --html: the page in a real browser (tests/page.js)

load pyrender

setup_file() {
    command -v chromium >/dev/null || skip "no chromium"
    command -v node >/dev/null || skip "no node"
}

# page SCENARIO FILE
page() {
    timeout 100 node "$BATS_TEST_DIRNAME/page.js" "$@"
}

# in_page SCENARIO: in the page of a program with all that shapes a tree
in_page() {
    program_lines | stream_make | pyrender -o a.html
    page "$1" a.html
}

@test "the page shows the tree and what is said of the recording" {
    in_page 'shows the tree and what is said of the recording'
}

@test "the tree folds and unfolds by click" {
    in_page 'folds and unfolds by click'
}

@test "the tree folds, unfolds and moves by key" {
    in_page 'folds, unfolds and moves by key'
}

@test "library code, percent and small calls are switched in the page" {
    in_page 'shows library code, percent and small calls'
}

@test "patterns typed in the page fold and unfold files" {
    in_page 'folds by the patterns that are typed'
}

@test "functions that ask for it give way to what they call, but not with --show-all" {
    {
        process_lines
        main_run 20 '!/app/wrap.py:wrap:1' /app/a.py:inner:5
        echo 'run 5 2 /usr/lib/python3.11/threading.py:Thread.run:3 <frozen\simportlib._bootstrap>:load:1 /app/a.py:g:9'
        echo end
    } | stream_make >a.prof
    pyrender -o a.html a.prof
    page 'lets functions give way' a.html
    pyrender --show-all -o all.html a.prof
    page 'shows all functions' all.html
}

@test "search finds functions and places, and can be all that is shown" {
    in_page 'finds functions and places'
}

@test "the inverted tree shows who called the hot ones" {
    in_page 'shows who called the hot ones'
}

@test "the flame graph zooms by key and finds" {
    in_page 'draws the flame graph, zooms and finds in it'
}

@test "the flame graph zooms by click" {
    in_page 'zooms the flame graph by click'
}

@test "a time range selected on the timeline rules all views" {
    in_page 'selects a time range on the timeline, which rules all views'
}

@test "the timeline moves and zooms by wheel and keys" {
    in_page 'moves and zooms the timeline by wheel and keys'
}

@test "the table lists functions and sorts them" {
    in_page 'lists functions and sorts them'
}

@test "threads and states are selected" {
    in_page 'selects threads and states'
}

@test "the fragment keeps what was chosen, and nonsense in it is ignored" {
    in_page 'keeps what was chosen in the fragment'
}

@test "what is selected is exported as collapsed stacks, JSON and SVG" {
    in_page 'exports what is selected'
}

@test "the page is light or dark" {
    in_page 'is light or dark, by the system and by hand'
}

@test "everything has a key, and the page tells them" {
    in_page 'tells its keys'
}

@test "axe finds nothing serious in any view, light or dark" {
    PYREC_NPM=${PYREC_NPM:-${XDG_CACHE_HOME:-$HOME/.cache}/pyrec/npm}
    export PYREC_NPM
    [ -e "$PYREC_NPM/node_modules/axe-core" ] || skip "no axe-core (tests/need check)"
    in_page 'is accessible in every view, light and dark'
}

@test "the page fits narrow and wide windows" {
    in_page 'fits narrow and wide windows'
}

@test "source is embedded only on --source, and only what ends in .py" {
    printf 'def f():\n\tfor n in range(10):  # <b>&amp;\n        pass\n' >f.py
    echo 'secret-word' >secret.txt
    ln -s secret.txt g.txt
    {
        echo 'process pid=1 period=1000000'
        echo "run 300 1 $PWD/f.py:f:1:2"
        echo "run 100 1 $PWD/f.py:f:1:2 $PWD/secret.txt:g:1:1 /dev/zero.py:z:1:1"
        echo end
    } | stream_make >a.prof
    pyrender --source -o with.html a.prof
    pyrender -o without.html a.prof
    page 'shows source lines with their heat' with.html
    page_data <with.html | grep -aq 'for n in range'
    run -1 grep -aq secret-word <(page_data <with.html)
    run -1 grep -aq 'for n in range' <(page_data <without.html)
}

@test "nothing that comes from a stream runs" {
    hostile_lines | stream_make | pyrender --threshold 0 -o a.html
    page 'runs nothing that comes from the stream' a.html
}

@test "hostile command lines, threads and hosts do not run either" {
    {
        printf 'process pid=1 period=1000000 host=</script><script>window.hacked=1</script> argv=<img\\ssrc=x>'
        printf ' python=<b> recorder=</title><script> filter=<i>\nthread 1 tid=1 name=</h3><b>\n'
        printf 'run 10 1 /app/a.py:f:1\nend\n'
    } | stream_make | pyrender -o a.html
    page opens a.html
    run -1 grep -F -e '<b>' -e '<script>window' -e '<img' a.html
}

@test "a page without samples says so" {
    { process_lines && echo end; } | stream_make | pyrender -o a.html
    page 'says so where there are no samples' a.html
}

@test "a page of one sample" {
    printf 'process pid=1 period=1000000\nrun 1 1 /app/a.py:f:1\nend\n' | stream_make | pyrender -o a.html
    page 'shows one sample' a.html
}

@test "a page of ten thousand threads" {
    {
        process_lines
        awk 'BEGIN { for (i = 1; i <= 10000; i++) {
            print "thread", i, "tid=" i, "name=worker-" i
            print "run 1", i, "/app/a.py:f:1 /app/a.py:g" i % 7 ":2"
        } }'
        echo end
    } | stream_make | pyrender -o a.html
    page 'opens with ten thousand threads' a.html
}

@test "a page is bounded by --max-size, keeps all time and says what it leaves out" {
    stream_large 60000 4 20000 >a.prof
    pyrender -o whole.html a.prof
    pyrender --max-size 300K -o a.html a.prof
    [ "$(stat -c %s a.html)" -le 300000 ]
    [ "$(stat -c %s whole.html)" -gt 400000 ]
    page 'says what a bounded page leaves out' a.html
}

@test "a size that is none is wrong usage" {
    for size in 0 -1 5X 5MM x ''; do
        run -2 --separate-stderr pyrender --max-size "$size" /dev/null
        # shellcheck disable=SC2154 # set by run
        [[ "${stderr_lines[0]}" == "pyrender: '$size': not a size in bytes"* ]]
    done
}
