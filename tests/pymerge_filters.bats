#!/usr/bin/env bats
# shellcheck disable=SC2002,SC2035,SC2154
# pymerge: what each filter keeps, that what was removed is counted, and that filters and merging commute

load pymerge

# In 100 rounds of one process: 60 samples of main;View.get;Cursor.query, 40 of main;wait, 90 of work;Cursor.query,
# and 10 missed.

@test "--thread keeps threads whose names match" {
    make_stream a.prof 10 1000
    pymerge --thread 'worker*' a.prof >out.prof
    [ "$(stacks out.prof)" = "10 worker-1 work;Cursor.query 90" ]
    [ "$(sums out.prof)" = "90 10 100" ]
    pymerge --thread worker a.prof >out.prof
    [ "$(sums out.prof)" = "0 10 190" ]
    pymerge --thread 'x*' --thread 'Main?hread' --thread y a.prof >out.prof
    [ "$(sums out.prof)" = "100 10 90" ]
}

@test "--pid keeps processes" {
    make_stream a.prof 10 1000
    make_stream b.prof 11 1000
    make_stream c.prof 12 1000
    pymerge --pid 11 --pid 12 a.prof b.prof c.prof >out.prof
    [ "$(stacks out.prof | cut -d ' ' -f 1 | sort -u | tr '\n' ' ')" = "11 12 " ]
    [ "$(sums out.prof)" = "380 30 190" ]
}

@test "--path keeps samples that enter a file" {
    make_stream a.prof 10 1000
    for glob in views.py shop 'shop/*.py' '*/shop/*' /app/shop '/app/*/views.py'; do
        pymerge --path "$glob" a.prof >out.prof
        [ "$(stacks out.prof)" = "10 MainThread main;View.get;Cursor.query 60" ]
        [ "$(sums out.prof)" = "60 10 130" ]
    done
    pymerge --path site-packages a.prof >out.prof
    [ "$(sums out.prof)" = "150 10 40" ]
    pymerge --path idle.py --path worker.py a.prof >out.prof
    [ "$(sums out.prof)" = "130 10 60" ]
    pymerge --path nowhere a.prof >out.prof
    [ "$(sums out.prof)" = "0 10 190" ]
}

@test "--function keeps samples with a function" {
    make_stream a.prof 10 1000
    pymerge --function '^View\.' a.prof >out.prof
    [ "$(stacks out.prof)" = "10 MainThread main;View.get;Cursor.query 60" ]
    pymerge --function '^query' a.prof >out.prof
    [ "$(sums out.prof)" = "0 10 190" ]
    pymerge --function 'wait|work' a.prof >out.prof
    [ "$(sums out.prof)" = "130 10 60" ]
}

@test "--exclude-path cuts frames out and keeps the samples" {
    make_stream a.prof 10 1000
    pymerge --exclude-path site-packages a.prof >out.prof
    [ "$(stacks out.prof)" = "10 MainThread main;View.get 60
10 MainThread main;wait 40
10 worker-1 work 90" ]
    [ "$(sums out.prof)" = "190 10 0" ]
    # From the middle and from the outside; all of a stack.
    pymerge --exclude-path shop --exclude-path main.py --exclude-path idle.py a.prof >out.prof
    [ "$(stacks out.prof)" = "10 MainThread  40
10 MainThread Cursor.query 60
10 worker-1 work;Cursor.query 90" ]
}

@test "whole stacks are judged before frames are cut out" {
    make_stream a.prof 10 1000
    pymerge --path shop --exclude-path shop a.prof >out.prof
    [ "$(stacks out.prof)" = "10 MainThread main;Cursor.query 60" ]
}

# describe_states [FLAGS...]: a process with a sample of each of these flags, a round each.
describe_states() {
    echo "process pid=10 boot=5 host=here recording=1 wall=1000 period=1000000"
    echo "thread 1 tid=10 name=MainThread"
    for flags; do
        echo "round"
        echo "sample 1 cpu=100000 flags=$flags /app/main.py:f$flags:1"
    done
    echo "end"
}

@test "--state keeps samples by what the thread did" {
    # 1: on a CPU, 2: has the GIL, 4: waits for it, 8: collects garbage
    describe_states 0 1 3 11 2 4 0 1 3 | stream_make >a.prof
    kept() { stacks out.prof | awk '{ n[substr($3, 2)] += $4 } END { for (i in n) print i, n[i] }' | sort -n | paste -sd ' '; }
    pymerge --state cpu a.prof >out.prof
    [ "$(kept)" = "1 2 3 2 11 1" ]
    [ "$(sums out.prof)" = "5 0 4" ]
    pymerge --state gil a.prof >out.prof
    [ "$(kept)" = "2 1 3 2 11 1" ]
    pymerge --state gil-wait a.prof >out.prof
    [ "$(kept)" = "4 1" ]
    pymerge --state gc a.prof >out.prof
    [ "$(kept)" = "11 1" ]
    pymerge --state idle a.prof >out.prof
    [ "$(kept)" = "0 2 2 1" ]
    pymerge --state idle --state cpu --state gil-wait a.prof >out.prof
    [ "$(sums out.prof)" = "9 0 0" ]
    run pymerge --state asleep a.prof
    [ "$status" -eq 2 ]
    [ "$output" = "pymerge: --state 'asleep': not cpu, gil, gil-wait, gc or idle" ]
}

@test "--state says how much it could not know" {
    describe_states 128 129 128 3 0 | stream_make >a.prof
    for state in idle gil-wait; do
        pymerge --state $state a.prof 2>err >out.prof
        [ "$(sums out.prof)" = "$([ $state = idle ] && echo 1 0 4 || echo 0 0 5)" ]
        grep -q "^pymerge: 'a.prof': [23] samples removed of which it is not known whether" err
        # shellcheck disable=SC2002 # a pipe is another way in
        cat a.prof | pymerge --state $state 2>err | cmp - out.prof
        grep -q "^pymerge: 'standard input': [23] samples" err
    done
    pymerge --state cpu a.prof 2>err >out.prof
    [ ! -s err ]
}

@test "--since and --until keep times" {
    make_stream a.prof 10 1000
    # Rounds are at 1, 2, ... 100 ms; those at 31 ms to 60 ms stay.
    pymerge --since 31ms --until 0.061 a.prof >out.prof
    [ "$(sums out.prof)" = "57 10 133" ]
    stream_list <out.prof | awk '$1 == "run" && $6 < 16 && ($4 < 31e6 || $4 + ($5 - 1) * 1e6 > 60e6) { exit 1 }'
    pymerge --since 1m a.prof >out.prof
    [ "$(sums out.prof)" = "0 10 190" ]
    pymerge --since 0 --until 2h a.prof >out.prof
    [ "$(stacks out.prof)" = "$(stacks a.prof)" ]
}

@test "a stream split by time and merged again has the samples of the whole" {
    make_stream a.prof 10 1000 1000
    for at in 1ms 2ms 333ms 0.34 999.5ms 1s 5s; do
        pymerge --until $at -o one.prof a.prof
        pymerge --since $at -o two.prof a.prof
        pymerge one.prof two.prof >both.prof
        [ "$(stacks both.prof)" = "$(stacks a.prof)" ]
        pyrender --collapsed both.prof | cmp - <(pyrender --collapsed a.prof)
    done
    # CPU time is split with the samples.
    cpu() { stream_list <"$1" | awk '$1 == "run" && $6 < 16 { sum += $7 } END { print sum }'; }
    [ "$(cpu both.prof)" = "$(cpu a.prof)" ]
}

@test "several kinds of filters must all agree" {
    make_stream a.prof 10 1000
    make_stream b.prof 11 1000
    pymerge --pid 10 --thread MainThread --path site-packages --function main --since 51ms a.prof b.prof >out.prof
    [ "$(stacks out.prof)" = "10 MainThread main;View.get;Cursor.query 30" ]
    [ "$(sums out.prof)" = "30 20 350" ]
}

@test "filtering and merging commute" {
    for i in 1 2 3 4 5 6; do
        make_stream $i.prof $((10 + i % 3)) 1000
    done
    for filter in "--thread w* --exclude-path site-packages" "--until 50ms" "--function View" "--pid 11"; do
        # shellcheck disable=SC2086 # words
        pymerge $filter ?.prof >merged_first.prof
        for i in 1 2 3 4 5 6; do
            # shellcheck disable=SC2086 # words
            pymerge $filter $i.prof >f$i.prof
        done
        pymerge f?.prof | cmp - merged_first.prof
        # shellcheck disable=SC2086 # words
        pymerge f1.prof f2.prof f3.prof <(cat ?.prof | pymerge $filter) >mixed.prof
        pymerge mixed.prof | cmp - merged_first.prof
    done
}

@test "equal filters give equal sections, others do not" {
    make_stream a.prof 10 1000
    pymerge --thread 'w*' --thread x --pid 10 a.prof >one.prof
    pymerge --pid 010 --thread x --thread 'w*' --thread x a.prof | cmp - one.prof
    pymerge one.prof <(cat one.prof) | cmp - one.prof
    id() { stream_list <"$1" | awk 'NR == 1 { print $2 }'; }
    pymerge --thread 'w*' a.prof >two.prof
    [ "$(id one.prof)" != "$(id two.prof)" ]
    [ "$(id one.prof)" != "$(id a.prof)" ]
    [ "$(stream_list <one.prof | awk 'NR == 1 { $1 = $2 = $3 = ""; print }')" = \
        "   10 --pid 10 --thread 'w*' --thread 'x'" ]
}

@test "a filter after a filter removes more and remembers both" {
    make_stream a.prof 10 1000
    pymerge --thread MainThread a.prof | pymerge --function View >out.prof
    [ "$(sums out.prof)" = "60 10 130" ]
    [ "$(stream_list <out.prof | awk 'NR == 1 { $1 = $2 = $3 = ""; print }')" = \
        "   10 --thread 'MainThread' --function 'View'" ]
}

@test "reports show the share that was removed" {
    make_stream a.prof 10 1000
    pymerge --thread MainThread a.prof | pyrender --text --no-color >report
    grep -q '90 samples removed' report
    grep -q "thread 'MainThread'" report
}

@test "a thread is filtered by the name that it had" {
    {
        echo "process pid=1 wall=1 recording=1"
        echo "thread 1 name=Thread-1"
        echo "run 10 1 /a.py:f:1"
        echo "flush"
        echo "thread 1 name=worker"
        echo "run 5 1 /a.py:f:1"
        echo "end"
    } | stream_make >a.prof
    pymerge --thread worker a.prof >out.prof
    [ "$(sums out.prof)" = "5 0 10" ]
    cat a.prof | pymerge --thread worker | cmp - out.prof
}

@test "names of any bytes" {
    printf 'process pid=1 wall=1 recording=1\nthread 1 name=\\xff\\x00a\nrun 5 1 /\\xc3\\xa4/\\xff.py:f\\x00g:1\nend\n' |
        stream_make >a.prof
    for filter in "--thread ?" "--path ??/?.py" "--function g$" "--path ä"; do
        # shellcheck disable=SC2086 # words
        LC_ALL=C.UTF-8 pymerge $filter a.prof >out.prof
        [ "$(sums out.prof)" = "5 0 0" ]
    done
}
