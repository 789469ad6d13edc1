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

program_page() {
    program_lines | stream_make | pyrender -o a.html
}

@test "the page shows the tree and what is said of the recording" {
    program_page
    page 'shows the tree and what is said of the recording' a.html
}

@test "the tree folds and unfolds by click" {
    program_page
    page 'folds and unfolds by click' a.html
}

@test "the tree folds, unfolds and moves by key" {
    program_page
    page 'folds, unfolds and moves by key' a.html
}

@test "library code, percent and small calls are switched in the page" {
    program_page
    page 'shows library code, percent and small calls' a.html
}

@test "search finds functions and places" {
    program_page
    page 'finds functions and places' a.html
}

@test "the page is light or dark" {
    program_page
    page 'is light or dark, by the system and by hand' a.html
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

@test "a page of many nodes is bounded, says so and opens" {
    # 60,000 calls, each by another way
    {
        process_lines
        awk 'BEGIN { for (i = 0; i < 60000; i++)
            print "run 1 1 /app/a.py:a" i % 251 ":1 /app/b.py:b" i % 241 ":1 /app/c.py:c" i % 239 ":1" }'
        echo end
    } | stream_make | pyrender --threshold 0 -o a.html
    [ "$(stat -c %s a.html)" -lt 5000000 ]
    page opens a.html
    grep -q 'are in this page only as numbers' a.html
}
