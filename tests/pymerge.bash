# What pymerge's tests share: streams made to order, and ways to look at them.
# shellcheck shell=bash

# The tools come from PYREC_BUILD (set by tests/run), or build/ beside tests/.
find_tools() {
    PYREC_BUILD=$(cd "${PYREC_BUILD:-$BATS_TEST_DIRNAME/../build}" && pwd)
    PATH=$PYREC_BUILD:$PYREC_BUILD/tests:$PATH
}

setup() {
    find_tools
    cd "$BATS_TEST_TMPDIR" || return 1
    bats_require_minimum_version 1.5.0
}

# describe PID WALL [ROUNDS]: a process with two threads, a round each millisecond.  In each ten rounds, the first thread
# has six samples in a view that queries and four idle ones; the second one has nine samples, and misses the last.
describe() {
    awk -v pid="$1" -v wall="$2" -v rounds="${3:-100}" 'BEGIN {
        print "process pid=" pid " ppid=1 boot=5 host=here recording=" wall " wall=" wall " argv=prog period=1000000"
        print "thread 1 tid=" pid " name=MainThread"
        print "thread 2 tid=" pid + 1 " name=worker-1"
        query = "/lib/site-packages/db.py:Cursor.query:5"
        for (i = 0; i < rounds; i++) {
            print "round"
            print "sample 1 cpu=1000000 flags=1 /app/main.py:main:1 " \
                (i % 10 < 6 ? "/app/shop/views.py:View.get:10 " query : "/app/idle.py:wait:3")
            print i % 10 == 9 ? "missed 2" : "sample 2 /app/worker.py:work:1 " query
            if (i % 40 == 39)
                print "flush"
        }
        print "end"
    }'
}

# make_stream NAME PID WALL [ROUNDS]
make_stream() {
    describe "$2" "$3" "${4:-100}" | stream_make >"$1"
}

# make_noise NAME PID ROUNDS: times and CPU times that cannot be compressed, some 6 bytes a sample
make_noise() {
    awk -v pid="$2" -v rounds="$3" 'BEGIN {
        srand(1)
        print "process pid=" pid " wall=1 recording=1 period=1000000 unit=1\nthread 1 name=t"
        for (i = 1; i <= rounds; i++)
            printf "round %.0f\nsample 1 cpu=%.0f /a.py:f%d:1\n", i * 1000000 + rand() * 900000, rand() * 1e9, i % 7
        print "end"
    }' | stream_make >"$1"
}

# What FILE (or the standard input) holds, without the ids of sections, sorted: samples by thread and stack.
stacks() {
    stream_list <"${1:-/dev/stdin}" |
        awk '$1 == "run" && int($6 / 16) % 4 == 0 { sum[$2 " " $3 " " $8] += $5 } END { for (i in sum) print i, sum[i] }' |
        sort
}

# sums FILE: samples, missed and removed ones
sums() {
    stream_list <"$1" | awk '$1 == "SAMPLES" { a += $4; b += $5; c += $6 } END { print a + 0, b + 0, c + 0 }'
}

# wait_for SECONDS COMMAND...: until it succeeds; fails if that takes too long.
wait_for() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.02
    done
}
