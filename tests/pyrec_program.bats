#!/usr/bin/env bats
# needs: agent
# The program is what it would be without pyrec.
# shellcheck disable=SC2016,SC2154 # programs in quotes; python, tests and targets come from pyrec.bash

load pyrec.bash

# same ARGUMENT...: the same arguments to the interpreter and to pyrec give the same output and status.
same() {
    local plain=0 recorded=0
    "$python" "$@" <input >plain.out 2>plain.err || plain=$?
    pyrec -q -o run.prof --python "$python" "$@" <input >out 2>err || recorded=$?
    diff plain.out out && diff plain.err err && [ $plain -eq $recorded ]
}

# The same with targets/identity.py somewhere in them: it must have run to its end, too.
same_identity() {
    same "$@" && grep -q '"pickled": "__main__"' out
}

setup() {
    PATH=$PYREC_BUILD:$PATH
    cd "$BATS_TEST_TMPDIR" || exit 1
    TEST_GROUP=$(cut -d ' ' -f 5 /proc/self/stat)
    export TEST_GROUP
    echo "from stdin" >input
}

@test "a script sees the arguments, paths, environment, signals, limits and descriptors it would see" {
    cp "$targets/identity.py" "a script.py"
    each_python same_identity "a script.py" -o x --wait -- ""
    LD_PRELOAD='' each_python same_identity "$targets/identity.py"
    grep -q 'from stdin' out
}

@test "so do a module, code, a folder, an archive and stdin" {
    mkdir folder
    cp "$targets/identity.py" folder/__main__.py
    cp "$targets/identity.py" module.py
    python=$(newest_python)
    "$python" -m zipfile -c archive.zip folder/__main__.py
    same_identity -m module -c x
    same_identity -c "$(cat "$targets/identity.py")" -m x
    same_identity folder 1 2
    same_identity archive.zip 1
    cp "$targets/identity.py" input
    sed -i 's/sys.stdin.read()/None/' input
    same_identity - 1 2
}

@test "signals that pyrec inherits ignored or blocked are so in the program" {
    python=$(newest_python)
    (
        trap '' PIPE INT HUP CHLD
        same_identity "$targets/identity.py"
    )
    ulimit -S -n 200
    same_identity "$targets/identity.py"
}

@test "exit statuses pass" {
    each_python same -c 'import sys; sys.exit(7)'
    each_python same -c 'import os; os._exit(9)'
    each_python same -c 'raise SystemExit("said at the end")'
    each_python same -c 'import atexit; atexit.register(print, "at exit"); 1 / 0'
}

@test "death by a signal passes as 128 + n" {
    each_python same -c 'import os, signal; os.kill(os.getpid(), signal.SIGKILL)'
    ulimit -c 0
    each_python same -c 'import os, signal; os.kill(os.getpid(), signal.SIGSEGV)'
    python=$(newest_python)
    run timeout 60 pyrec -q -o run.prof --python "$python" -c 'import os; os.abort()'
    [ "$status" -eq 134 ]
}

sleeps() {
    record -c '
import time, ctypes
for pause in 0.3, 0.05:
    began = time.monotonic()
    time.sleep(pause)
    assert time.monotonic() - began >= pause
class timespec(ctypes.Structure):
    _fields_ = [("tv_sec", ctypes.c_long), ("tv_nsec", ctypes.c_long)]
# PyDLL keeps the GIL: as far as the interpreter knows, the thread runs.
assert ctypes.PyDLL(None).nanosleep(ctypes.byref(timespec(0, 300000000)), None) == 0
'
}

@test "sleeps last as long as they should, with the GIL and without" {
    each_python sleeps
}

@test "a fork warns of no thread that the program did not start" {
    for python in $(pythons 3.12); do
        PYTHONWARNINGS=error same -c '
import os, time
time.sleep(0.1)
pid = os.fork()
pid or os._exit(0)
os.waitpid(pid, 0)'
    done
}

@test "the interpreter is the python3 of the PATH, a virtual environment's too" {
    python=$(newest_python)
    "$python" -m venv --without-pip env
    export PATH=$PWD/env/bin:$PATH
    pyrec -q -o run.prof -c 'import sys; print(sys.prefix)' >out
    [ "$(cat out)" = "$PWD/env" ]
    pyrec -q -o run.prof -- python3 -c 'import sys; print(sys.prefix)' >out
    [ "$(cat out)" = "$PWD/env" ]
}

@test "the user's own LD_PRELOAD is kept" {
    python=$(newest_python)
    libc=$(ldd "$python" | awk '/libc.so/ { print $3 }')
    LD_PRELOAD=$libc same_identity "$targets/identity.py"
    LD_PRELOAD=$libc same -c '
import os, subprocess
print(os.environ["LD_PRELOAD"], flush=True)
subprocess.run(["sh", "-c", "echo $LD_PRELOAD"])'
    grep -qx "$libc" out
}

@test "an agent in a folder with spaces and colons is found" {
    python=$(newest_python)
    mkdir 'a b:c$d'
    cp "$PYREC_BUILD/pyrec" "$PYREC_BUILD/libpyrec-agent.so" 'a b:c$d'
    './a b:c$d/pyrec' -o run.prof --python "$python" "$targets/children.py" emptyenv 2>err
    dump
    [ "$(stack_samples spin_emptyenv)" -gt 0 ]
    [ "$(wc -l <err)" -eq 1 ]
}
