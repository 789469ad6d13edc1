#!/usr/bin/env bats
# needs: agent
# Where the stream goes, and what pyrec says.
# shellcheck disable=SC2016,SC2154 # programs in quotes; python, tests and targets come from pyrec.bash

load pyrec.bash

@test "without -o and with stdout no terminal, the stream goes to stdout and the program's stdout to stderr" {
    python=$(newest_python)
    pyrec --python "$python" -c 'print("said")' >run.prof 2>err
    dump
    grep -qx said err
    pyrec --python "$python" -c 'print("said")' 2>err | cat >run.prof
    dump
    grep -qx said err
    pyrec -o - --python "$python" -c 'import sys; sys.stdout.close()' 2>err >run.prof
    dump
}

@test "with -o FILE the program's stdout is its own" {
    python=$(newest_python)
    echo "longer than any stream could be, to see that the file is emptied" >run.prof
    record -c 'print("said")' >out
    [ "$(cat out)" = said ]
    dump
}

@test "on a terminal the call tree is shown at the end" {
    [ -x "$PYREC_BUILD/pyrender" ] || skip "no pyrender"
    python=$(newest_python)
    timeout 60 "$python" "$targets/in_terminal.py" '' '' pyrec --python "$python" "$targets/children.py" fork >out
    grep -q spin_parent out
    grep -q spin_fork out
    grep -q "^pyrec: [0-9]* samples" out
}

@test "a terminal is refused as an output" {
    python=$(newest_python)
    run timeout 60 "$python" "$targets/in_terminal.py" '' '' pyrec -o - -c pass
    [ "$status" -eq 1 ]
    [[ "$output" == *"pyrec: stdout is a terminal"* ]]
    run timeout 60 "$python" "$targets/in_terminal.py" '' '' pyrec -o /dev/tty -c pass
    [ "$status" -eq 1 ]
    [[ "$output" == *"pyrec: '/dev/tty' is a terminal"* ]]
}

@test "one line of summary; -q keeps it back" {
    python=$(newest_python)
    record "$targets/children.py" fork
    [ "$(wc -l <err)" -eq 1 ]
    size=$(stat -c %s run.prof)
    grep -qE "^pyrec: [0-9]+ samples at [0-9.]+ of 1000 Hz, [0-9]+ dropped.*, 2 processes, 2 threads, $size bytes" err
    grep -q " bytes in 'run.prof'$" err
    dump
    # The summary's numbers are those of the stream.
    [ "$(awk '{ print $2 }' err)" = "$(awk -F '\t' '$1 == "totals" { n += $4 } END { print n }' dump)" ]
    record -q -c pass
    [ ! -s err ]
}

@test "a full disk stops the recording, not the program" {
    [ -w /dev/full ] || skip "no /dev/full"
    python=$(newest_python)
    status=0
    PYTHONPATH=$targets pyrec -o /dev/full --python "$python" -c '
import sys
from spin import spin
spin("spin_long", 3)
print("to its end")
sys.exit(5)' >out 2>err || status=$?
    [ "$status" -eq 5 ]
    [ "$(cat out)" = "to its end" ]
    [ "$(cat err)" = "pyrec: '/dev/full': No space left on device: recording stopped" ]
}

@test "a reader that goes away stops the recording, not the program" {
    python=$(newest_python)
    PYTHONPATH=$targets pyrec --python "$python" -c '
import sys
from spin import spin
spin("spin_long", 3)
print("to its end")
sys.exit(5)' 2>err | true
    [ "${PIPESTATUS[0]}" -eq 5 ]
    grep -qx "to its end" err
    [ "$(grep -c '^pyrec: ' err)" -eq 1 ]
    grep -q "^pyrec: stdout: Broken pipe" err
}

@test "a reader that does not read holds up neither program nor signals" {
    python=$(newest_python)
    mkfifo pipe
    sleep 60 3<pipe & # opens the pipe and reads nothing
    reader=$!
    pyrec -q -r 10000 -o pipe --python "$python" -c '
import os, signal, sys, time
def recurse(n): return recurse(n - 1) if n else [time.monotonic() for i in range(100)]
signal.signal(signal.SIGTERM, lambda *_: sys.exit(40))
end = time.monotonic() + 4
while time.monotonic() < end:
    for depth in range(200): recurse(depth)
with open("spun", "w") as file: file.write(str(os.getpid()))
while True: time.sleep(0.05)' &
    pyrec=$!
    wait_for test -s spun
    kill -TERM $pyrec
    wait_for bash -c "! kill -0 $(cat spun)"
    kill $reader
    status=0
    wait $pyrec || status=$?
    [ "$status" -eq 40 ]
}

# slow_python: ./slow, a program that begins with half a second of its own before it becomes $python's interpreter.
slow_python() {
    local library
    library=$("$python" -c 'import os, sysconfig as s
print(os.path.join(s.get_config_var("LIBDIR"), s.get_config_var("LDLIBRARY")))')
    [[ $library == *.so && -e $library ]] || return 1
    cat >slow.c <<'END'
#include <unistd.h>
int Py_BytesMain(int, char **);
int main(int argc, char **argv) { usleep(500000); return Py_BytesMain(argc, argv); }
END
    "${CC:-cc}" -o slow slow.c "$library" -Wl,-rpath,"${library%/*}"
}

@test "deadlines before the interpreter was ready are not late" {
    for python in $(tac <<<"$PYTHONS") ''; do
        [ -n "$python" ] || skip "no shared library of CPython found"
        slow_python 2>/dev/null && break
    done
    home=$("$python" -c 'import sys; print(sys.base_prefix)')
    PYTHONHOME=$home timeout 60 pyrec -o run.prof -- ./slow -c 'import time; time.sleep(0.1)' 2>err
    "$PYREC_BUILD/tests/stream_list" <run.prof >list
    dump
    # Every deadline from the first round to the last one is a round or late, and none before.
    awk '$1 == "run" && $3 == "MainThread" { if (!from) from = $4; to = $4 + ($5 - 1) * 1e6; rounds += $5 }
        $1 == "totals" { late = $6 }
        END { exit !(from > 400e6 && rounds > 10 && late <= (to - from) / 1e6) }' list dump
}
