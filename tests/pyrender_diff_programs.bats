#!/usr/bin/env bats
# needs: agent
# shellcheck disable=SC2154,SC2030,SC2031 # set by bats and the setup; variables are changed for one command
# pyrender --baseline on recordings of a program that became slower; it waits, so that a loaded machine changes little

load pyrender

# record FILE SECONDS
record() {
    pyrec -o "$1" "$BATS_TEST_DIRNAME/programs/slower.py" "$2" 2>/dev/null
}

@test "the function that became slower is found, and nothing else" {
    for i in 1 2 3; do
        record old$i.prof 0.1
        record new$i.prof 0.6
    done
    run -3 --separate-stderr pyrender --baseline old1.prof,old2.prof,old3.prof --fail-if 'slower.py:fetch:total>+100%' \
        --fail-if 'slower.py:draw:total>+100%' new1.prof new2.prof new3.prof
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ $stderr == "pyrender: 'slower.py:fetch:total>+100%': fetch (slower.py:7): total 0.1"* ]]
    [[ $output == *"Baseline  3 runs, "*"New       3 runs, "* ]]
    # The first function and the call: half a second more, give or take the machine.
    awk '/fetch  slower.py:7/ { rows++; if ($3 < 0.4 || $3 > 0.9) exit 1 } END { exit rows != 2 }' <<<"$output"
    # The other way round nothing is slower.
    run -0 --separate-stderr pyrender --baseline new1.prof,new2.prof,new3.prof --fail-if 'fetch:total>+0%' \
        old1.prof old2.prof old3.prof
    [ -z "$stderr" ]
    [[ $output == *" -0."*" fetch  slower.py:7"* ]]
}

@test "a gate behind a recorder" {
    record main.prof 0.1
    run -3 --separate-stderr bash -c "pyrec -o - '$BATS_TEST_DIRNAME/programs/slower.py' 2 2>/dev/null |
        pyrender --baseline main.prof --fail-if 'fetch:total>+800%'"
    [[ $stderr == *"fetch (slower.py:7): total "* ]]
    [[ $output == *"the spread is the sampling error alone"* ]]
    run -0 bash -c "pyrec -o - '$BATS_TEST_DIRNAME/programs/slower.py' 0.1 2>/dev/null |
        pyrender --baseline main.prof --fail-if 'fetch:total>+800%'"
}

@test "runs at unlike rates have the same times" {
    pyrec -r 100 -o slow.prof "$BATS_TEST_DIRNAME/programs/slower.py" 0.5 2>/dev/null
    pyrec -r 2000 -o fast.prof "$BATS_TEST_DIRNAME/programs/slower.py" 0.5 2>/dev/null
    run -0 pyrender --baseline slow.prof --fail-if 'fetch:total>+300%' fast.prof
    [[ $output == *"the rates differ, 100 Hz and 2000 Hz"* ]]
    pyrender --collapsed --baseline slow.prof fast.prof |
        awk '/fetch \(slower.py:7\) [0-9]+ [0-9]+$/ { found = 1
            if ($(NF - 1) < 400000 || $(NF - 1) > 2000000 || $NF < 400000 || $NF > 2000000) exit 1 } END { exit !found }'
}
