# What pyrender's tests share: streams made to order.
# shellcheck shell=bash

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    PATH=$PYREC_BUILD:$PYREC_BUILD/tests:$PATH
    export TZ=UTC LC_ALL=C.UTF-8
    unset NO_COLOR CLICOLOR_FORCE
    bats_require_minimum_version 1.5.0
}

django=/usr/lib/python3/dist-packages/django/template/base.py

# The first lines of a description: a process with three threads.
process_lines() {
    echo 'process pid=4711 ppid=1 host=box boot=1 recording=1 wall=1700000000000000000 period=1000000' \
        'python=3.11.2\s(main) recorder=pyrec\s0.1.0 argv=python3 argv=script.py prefix=/usr path=/app' \
        'path=/usr/lib/python3.11 path=/usr/lib/python3/dist-packages'
    echo 'thread 1 tid=4711 name=MainThread'
    echo 'thread 2 tid=4712 name=worker'
    echo 'thread 3 tid=4713 name=idle-1'
}

# main_run COUNT FRAME…: samples of the main thread, below the script's module
main_run() {
    local count=$1
    shift
    echo "run $count 1 cpu=1000000 flags=1 /app/script.py:<module>:1:30 $*"
}

# A program with all that shapes a tree.
program_lines() {
    process_lines
    main_run 300 /app/script.py:main:10:12 "$django:Template.render:100 $django:NodeList.render:200" \
        "$django:Node.render:300 $django:Node.call:400 /app/views.py:item:5"
    main_run 100 /app/script.py:main:10:12 "$django:Template.render:100 $django:NodeList.render:200" \
        "$django:Node.render:300 $django:Node.call:400 /app/views.py:item:5 /app/db.py:query:7"
    main_run 300 /app/script.py:main:10:15
    main_run 5 /app/script.py:small:20
    main_run 5 /app/script.py:smaller:30
    echo 'run 100 2 /usr/lib/python3.11/threading.py:Thread._bootstrap:1 /usr/lib/python3.11/threading.py:Thread.run:3' \
        '/app/script.py:work:50 /usr/lib/python3.11/queue.py:Queue.get:150' \
        '/usr/lib/python3.11/threading.py:Condition.wait:300'
    echo 'run 50 3'
    echo end
}

# Names that want to be something else.
hostile_lines() {
    process_lines
    local name
    for name in '</script><script>window.hacked=1</script>' '"><img\ssrc=x\sonerror=window.hacked=1>' '<!--<script>' \
        '{{script}}' 'a\xe2\x80\xa8b' 'a\xe2\x80\xaeb' 'a\x1b[2Jb' 'a\x0ab' 'a\xffb' 'a\x00b' 'a;b\s42' \
        "$(printf 'x%.0s' {1..10000})"; do
        main_run 10 "/app/$name.py:$name:1"
    done
    echo end
}

# page_data <PAGE: what is in the page, unpacked: JSON, and columns of numbers
page_data() {
    sed -n 's/.*type="application\/octet-stream">\([^<]*\)<.*/\1/p' |
        python3 -c 'import base64, sys, zlib; sys.stdout.buffer.write(zlib.decompress(base64.b64decode(sys.stdin.read())))'
}

# without_facts: the trees alone
without_facts() {
    sed '1,/^$/d'
}
