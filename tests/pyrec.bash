# What the tests of pyrec share: source this file from a bats file in tests/.
# shellcheck shell=bash disable=SC2034 # variables for the tests
#
# The tools come from PYREC_BUILD (set by tests/run), or build/ beside tests/; each test works in a folder of its own.

tests=$BATS_TEST_DIRNAME
targets=$tests/targets
# shellcheck source=tests/pythons.bash
source "$tests/pythons.bash"

# Once a file: finds the interpreters.
setup_file() {
    export PYREC_BUILD=${PYREC_BUILD:-$BATS_TEST_DIRNAME/../build}
    PYTHONS=$(pythons 3.8 3.15)
    [ -n "$PYTHONS" ]
    export PYTHONS
}

setup() {
    PATH=$PYREC_BUILD:$PATH
    cd "$BATS_TEST_TMPDIR" || exit 1
}

# each_python COMMAND...: runs a function with $python set to each interpreter in turn; says which one it fails for.
each_python() {
    for python in $PYTHONS; do
        "$@" || {
            echo "# failed with $python" >&2
            [ ! -e err ] || sed 's/^/# stderr: /' err >&2
            [ ! -e dump ] || cut -c 1-200 dump | sed 's/^/# /' >&2
            return 1
        }
    done
}

# The newest interpreter, for tests of what does not depend on the version.
newest_python() {
    tail -n 1 <<<"$PYTHONS"
}

# record ARGUMENT...: pyrec into run.prof with $python, stderr kept in err; at most a minute.
record() {
    timeout 60 pyrec -o run.prof --python "$python" "$@" 2>err
}

# dump: the stream in run.prof as text (unit/stream_dump.c) into dump; fails if it is not whole.
dump() {
    "$PYREC_BUILD/tests/stream_dump" "${1:-run.prof}" >dump
}

# stack_samples NAME: how many samples of the dump have a function of that name in their stack.
stack_samples() {
    awk -F '\t' -v name="$1" '$1 == "stack" && index(";" $5 ";", ";" name ";") { n += $4 } END { print n + 0 }' dump
}

# section_of NAME: pid of the section with that function in its stacks.
section_of() {
    awk -F '\t' -v name="$1" '$1 == "stack" && index(";" $5 ";", ";" name ";") { print $2; exit }' dump
}

# section_field PID COLUMN: of the section line of a process, its last one.
section_field() {
    awk -F '\t' -v pid="$1" -v column="$2" '$1 == "section" && $2 == pid { field = $column } END { print field }' dump
}

# wait_for COMMAND...: until it succeeds; fails after 20 s.
wait_for() {
    for _ in $(seq 400); do
        if "$@" >/dev/null 2>&1; then
            return 0
        fi
        sleep 0.05
    done
    echo "waited in vain for: $*" >&2
    return 1
}
