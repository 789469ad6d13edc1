#!/usr/bin/env bats
# needs: agent
# pymerge: real recordings, alone and in a pipeline from pyrec to pyrender

load pymerge

setup_file() {
    cd "$BATS_FILE_TMPDIR" || return 1
    cat >program.py <<'PROGRAM'
import multiprocessing, threading, time


def spin(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def in_worker():
    spin(0.6)


def in_child():
    spin(0.4)


if __name__ == "__main__":
    process = multiprocessing.get_context("fork").Process(target=in_child)
    process.start()
    threads = [threading.Thread(target=in_worker, name="worker-%d" % i) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    process.join()
PROGRAM
    # shellcheck source=tests/pythons.bash
    source "$BATS_TEST_DIRNAME/pythons.bash"
    find_tools
    python=$(pythons 3.8 3.15 | tail -n 1)
    export python
    for name in one two; do
        timeout 60 pyrec -q -o $name.prof --python "$python" program.py
    done
}

@test "recordings merge in any order, and no sample is lost" {
    cd "$BATS_FILE_TMPDIR"
    pymerge one.prof two.prof >all
    pymerge two.prof <(cat one.prof) >came
    pymerge came | cmp - all
    [ "$(sums all)" = "$(cat one.prof two.prof >both && sums both)" ]
    pyrender --collapsed all | cmp - <(pyrender --collapsed two.prof one.prof)
    pyrender --text --no-color one.prof | cmp - <(pymerge one.prof | pyrender --text --no-color)
}

@test "a thread, a function and a process of a recording" {
    cd "$BATS_FILE_TMPDIR"
    pymerge --thread 'worker-?' one.prof >out
    [ "$(stacks out | cut -d ' ' -f 2 | sort -u | tr '\n' ' ')" = "worker-0 worker-1 " ]
    pymerge --function '^in_child$' one.prof >out
    [ "$(stacks out | cut -d ' ' -f 1 | sort -u | wc -l)" -eq 1 ]
    pid=$(stacks out | cut -d ' ' -f 1 | head -n 1)
    [ "$(stacks out | grep -cv in_child)" -eq 0 ]
    pymerge --pid "$pid" one.prof | stream_list | awk -v pid="$pid" '$1 == "run" && $6 < 16 && $2 != pid { exit 1 }'
    pymerge --exclude-path program.py one.prof >out
    [ "$(stacks out | grep -c spin)" -eq 0 ]
    [ "$(sums out)" = "$(sums one.prof)" ]
}

@test "a recording that is split by time renders like the whole" {
    cd "$BATS_FILE_TMPDIR"
    pymerge --until 300ms one.prof >start
    pymerge --since 300ms one.prof >rest
    pymerge start rest >whole
    pyrender --collapsed whole | cmp - <(pyrender --collapsed one.prof)
    # All but what the header says of filters and of what was counted in both parts.
    pyrender --text --no-color whole | grep -vE '^(Filtered|Sampling) ' >whole.txt
    pyrender --text --no-color one.prof | grep -vE '^Sampling ' | cmp - whole.txt
}

@test "pyrec to pymerge to pyrender, as one pipeline" {
    cd "$BATS_FILE_TMPDIR"
    timeout 60 pyrec -q -o - --python "$python" program.py | pymerge --thread 'worker*' | pyrender --text --no-color >report
    grep -q 'Thread worker-0' report
    grep -q 'spin' report
    [ "$(grep -c in_child report)" -eq 0 ]
}
