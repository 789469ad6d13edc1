#!/usr/bin/env bats
# needs: agent
# shellcheck disable=SC2154 # set by bats and the setup
# pyrender on recordings of real programs

load pyrender

@test "a program with threads and a child: every form shows what pyrec counted" {
    pyrec -o a.prof "$BATS_TEST_DIRNAME/programs/library_report.py" >/dev/null 2>chat
    samples=$(sed -n 's/^pyrec: \([0-9]*\) samples .*/\1/p' chat)
    [ "$samples" -gt 100 ]
    run -0 --separate-stderr pyrender a.prof
    [ -z "$stderr" ]
    [[ $output == *" $samples samples, "* ]]
    [[ $output =~ " main"[^$'\n']*" library_report.py:" ]]
    [[ $output == *"Thread words"* ]]
    [[ $output =~ " compress"\ +"library_report.py:" ]] # in the child
    [[ $output == *" frames hidden]"* ]]
    [ "$(pyrender --collapsed a.prof | awk '{ sum += $NF } END { print sum }')" -eq "$samples" ]
    [ "$(pyrender --collapsed --combine a.prof | awk '{ sum += $NF } END { print sum }')" -eq "$samples" ]
    pyrender -o a.html a.prof
    if command -v chromium >/dev/null && command -v node >/dev/null; then
        timeout 100 node "$BATS_TEST_DIRNAME/page.js" opens a.html
    fi
}

@test "the times of a thread add up to its life" {
    cat >life.py <<'END'
import threading, time
def nap():
    time.sleep(0.5)
thread = threading.Thread(target=nap, name="napper")
thread.start()
thread.join()
END
    pyrec -o a.prof life.py 2>/dev/null
    pyrender a.prof >out
    # All of the nap is under nap(), to within the thread's start and end.
    awk '/^Thread napper/ { life = $3 } life && / nap +life.py:/ { own = $1; exit !(own > 0.4 && own > life * 0.9) }' out
    grep -Eq ' nap +life.py:2' out
}

@test "the stream of a running pyrec renders when it ends" {
    pyrec -o - -c 'sum(range(3000000))' 2>/dev/null | pyrender >out
    grep -Eq '<module> .* <string>:1$' out
}

# shows_hidden NAME PYTHON: hide.py, recorded as NAME.prof, is drawn without wrapper, and no sample is lost by it.
shows_hidden() {
    timeout 60 pyrec -o "$1.prof" --python "$2" hide.py 2>chat &&
        samples=$(sed -n 's/^pyrec: \([0-9]*\) samples .*/\1/p' chat) &&
        [ "$samples" -gt 50 ] &&
        pyrender --show-all "$1.prof" >all &&
        grep -Eq ' wrapper +hide.py:4' all &&
        grep -Eq ' spin +hide.py:1' all &&
        pyrender "$1.prof" >out &&
        [ "$(grep -c wrapper out)" -eq 0 ] &&
        grep -Eq ' spin +hide.py:1' out &&
        grep -Eq ' plain +hide.py:9' out &&
        [[ $(cat out) == *" $samples samples, "* ]] &&
        [ "$(pyrender --collapsed "$1.prof" | awk '{ sum += $NF } END { print sum }')" -eq "$samples" ]
}

@test "a function with a local __tracebackhide__ gives way to what it calls, in every Python" {
    cat >hide.py <<'END'
def spin(n):
    while n:
        n -= 1
def wrapper(n):
    a = b = c = d = e = n
    values = [a, b, c, d, e]
    __tracebackhide__ = True
    spin(n)
def plain(tracebackhide__):
    spin(tracebackhide__)
wrapper(3000000)
plain(3000000)
END
    # shellcheck source=tests/pythons.bash
    source "$BATS_TEST_DIRNAME/pythons.bash"
    local python count=0
    for python in $(pythons 3.8 3.13); do
        shows_hidden "$count" "$python" || { echo "# $python"; return 1; }
        count=$((count + 1))
    done
    [ "$count" -gt 0 ]
}

@test "a program's calls in order, its lines with their source, its CPU time and its callers" {
    cat >steps.py <<'END'
import time
def nap():
    time.sleep(0.4)
def spin():
    return sum(i * i for i in range(4000000))  # the hot line
def main():
    nap()
    spin()
    nap()
main()
END
    pyrec -o a.prof steps.py 2>/dev/null
    pyrender --timeline a.prof | awk '/ nap | spin / { for (i = 1; i <= NF; i++) if ($i == "nap" || $i == "spin") print $i }' >order
    [ "$(xargs <order)" = "nap spin nap" ]
    pyrender --lines a.prof >out
    grep -Eq '  steps.py:3 +time.sleep\(0.4\)$' out
    grep -Eq '  steps.py:5 +return sum\(i \* i for i in range\(4000000\)\)  # the hot line$' out
    run -1 grep changed out
    # Asleep is no CPU time, and the callers of what slept are known.
    [ "$(pyrender --time cpu --flat --sort self a.prof | awk '$2 ~ /%/ { print $NF; exit }')" = steps.py:5 ]
    pyrender --time cpu --root '^main$' a.prof | grep -Eq ' spin.* steps.py:4$'
    pyrender --invert --depth 2 --sort name a.prof | grep -A 1 -E ' nap +steps.py:2$' | grep -Eq '└─ main.* steps.py:6$'
}
