#!/usr/bin/env bats
# needs: agent
# needs: pyrec agent
# What pyrec says is true: no stack that cannot have been, no wrong name, no time lost, on every interpreter found.
# tests/oracle has the programs and the rules; `make oracle` measures the rest, beside other profilers.

# shellcheck source=tests/pythons.bash
source "$BATS_TEST_DIRNAME/pythons.bash"

setup_file() {
    export PYREC_BUILD=${PYREC_BUILD:-$BATS_TEST_DIRNAME/../build}
    PYTHONS=$(all_pythons 3.8 3.15)
    [ -n "$PYTHONS" ]
    export PYTHONS
}

# judge ARGUMENT...: runs the oracle on each interpreter; says which one it fails for.
judge() {
    local python
    for python in $PYTHONS; do
        timeout 100 "$BATS_TEST_DIRNAME/oracle/oracle" --build "$PYREC_BUILD" --check --python "$python" "$@" || {
            echo "# failed with $python" >&2
            return 1
        }
    done
}

@test "no impossible stack, no wrong name, no lost time at 10 kHz" {
    judge --rate 10000 --seconds 0.5 stacks
}

@test "no impossible stack, no wrong name, no lost time at 1 kHz" {
    judge --rate 1000 --seconds 0.3 stacks
}

@test "each thread's samples add up to its life" {
    judge --rate 1000 --seconds 0.5 conservation
}
