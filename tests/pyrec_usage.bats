#!/usr/bin/env bats
# needs: agent
# Command lines, wrong ones and what they say; interpreters that cannot be recorded.
# shellcheck disable=SC2016,SC2154 # programs in quotes; python, tests and targets come from pyrec.bash

load pyrec.bash

# refused STATUS MESSAGE ARGUMENT...: pyrec ends so, says so in its first line, and writes no stream.
refused() {
    local wanted=$1 message=$2 status=0
    shift 2
    timeout 20 pyrec "$@" >out 2>err </dev/null || status=$?
    if [ $status -ne "$wanted" ] || [ "$(head -n 1 err)" != "pyrec: $message" ] || [ -s out ]; then
        echo "pyrec $*: status $status"
        cat out err
        return 1
    fi
}

@test "wrong usage: status 2 and what is wrong" {
    refused 2 "nothing to run"
    refused 2 "nothing to run" -o x
    refused 2 "nothing to run" --
    refused 2 "invalid option -- 'z'" -z
    refused 2 "unrecognized option '--nonsense'" --nonsense script.py
    refused 2 "option requires an argument -- 'o'" -o
    refused 2 "option requires an argument -- 'm'" -m
    refused 2 "option '--python' requires an argument" --python
    refused 2 "--cpu-only and --gil-only exclude each other; pymerge --state chooses afterwards" \
        --cpu-only --gil-only -c pass
    refused 2 "'no.py': No such file or directory" no.py
    for value in 0 49us 11s 1us -1 1x 1e 0x10 nan inf '' ' 1' '1 ms' ms; do
        refused 2 "'$value': not an interval from 50us to 10s" -i "$value" -c pass
    done
    for value in 0 20001 0.09 1ms x -5 1e400; do
        refused 2 "'$value': not a rate from 0.1 to 20000 Hz" -r "$value" -c pass
    done
    for value in 0 x 1h -1; do
        refused 2 "'$value': not a time such as 30 or 0.5s" -d "$value" -c pass
    done
}

@test "what cannot be started: status 1, or a shell's for a command" {
    touch plain
    refused 1 "cannot run '/nowhere/python3': No such file or directory" --python /nowhere/python3 -o x -c pass
    refused 1 "cannot run './plain': Permission denied" --python ./plain -o x -c pass
    refused 127 "cannot run 'no-such-command': No such file or directory" -o x -- no-such-command
    refused 126 "cannot run './plain': Permission denied" -o x -- ./plain
    refused 1 "'/nowhere/x': No such file or directory" -o /nowhere/x -c pass
    refused 1 "no python ran: nothing was recorded" --python /bin/true -o x -c pass
}

@test "a command without Python: a word, and its own status" {
    run pyrec -o x -- sh -c 'exit 4'
    [ "$status" -eq 4 ]
    [ "$output" = "pyrec: no python ran: nothing was recorded" ]
    run pyrec -o x -- true
    [ "$status" -eq 0 ]
}

@test "intervals and rates are recorded as asked" {
    python=$(newest_python)
    for asked in "-i 2ms 500" "-i 0.01 100" "-i 0.01s 100" "-i 500us 2000" "-r 250 250" "-r 1e3 1000" "--rate=50 50" \
        "--interval 20ms 50"; do
        read -ra words <<<"$asked"
        record "${words[@]:0:${#words[@]}-1}" -c 'import time; time.sleep(0.1)'
        grep -q " of ${words[-1]} Hz," err
    done
}

@test "options end at the program" {
    python=$(newest_python)
    echo 'import sys; print(sys.argv[1:])' >show.py
    record show.py -o other -d 1 --help -- x >out
    [ "$(cat out)" = "['-o', 'other', '-d', '1', '--help', '--', 'x']" ]
    record -q -m show -c -q >out
    [ "$(cat out)" = "['-c', '-q']" ]
    record -- "$python" show.py -q >out
    [ "$(cat out)" = "['-q']" ]
    pyrec -o -- --python "$python" show.py x 2>err >out # a file called --
    [ -s ./-- ]
}

@test "--help and --version" {
    pyrec --help >out
    grep -q '^usage: pyrec \[options\] script.py' out
    [[ "$(pyrec --version)" =~ ^pyrec\ [0-9.]+$ ]]
    # Every option of the help is in the man page, and the other way round.
    diff <(grep -E '^ +-' out | grep -oE -- '--[a-z]+' | sort) \
        <(grep -oE '^\.It .*Fl -[a-z]+' "$tests/../man/pyrec.1" | grep -oE 'Fl -[a-z]+' | sed 's/Fl -/--/' | sort)
}

@test "an interpreter that is not known: a message, the program's work, and status 3" {
    make_unknown || skip "no CPython 3.11 found"
    python=$PWD/unknown
    version=$("$python" -c 'import sys; print(sys.version.split()[0])')
    [[ $version == 3.99.* ]]
    status=0
    record -c 'import os; print("worked"); os.fork() or os._exit(0); os.wait()' >out || status=$?
    [ "$status" -eq 3 ]
    [ "$(cat out)" = worked ]
    [ "$(wc -l <err)" -eq 1 ]
    grep -qE "^pyrec: python $version \(pid [0-9]+\) is not known to this pyrec .*: it runs unprofiled$" err
    status=0
    record -c 'raise SystemExit(9)' || status=$?
    [ "$status" -eq 9 ]
}

@test "an unknown child of a known parent costs the parent nothing" {
    make_unknown || skip "no CPython 3.11 found"
    python=$(newest_python)
    record -c "import subprocess; subprocess.check_call(['./unknown', '-c', 'pass'])"
    dump
    [ "$(grep -c '^section' dump)" -eq 1 ]
    grep -q "it runs unprofiled" err
}
