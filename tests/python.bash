# What the tests of the Python package share: source this file from a bats file in tests/.
# shellcheck shell=bash
#
# Like pyrec.bash; the package comes from build/package, which is made if need be.

# shellcheck source=tests/pyrec.bash
source "$BATS_TEST_DIRNAME/pyrec.bash"

setup_file() {
    export PYREC_BUILD=${PYREC_BUILD:-$BATS_TEST_DIRNAME/../build}
    PYTHONS=$(pythons 3.8 3.15)
    [ -n "$PYTHONS" ]
    make -s -C "$BATS_TEST_DIRNAME/.." BUILD="$PYREC_BUILD" wheel >&2
    PACKAGE=$PYREC_BUILD/package/python
    export PYTHONS PACKAGE
}

# unittests FILE [NAME...]: runs a program of tests/python with $python; its output only if it fails.
unittests() {
    local file=$1 out
    shift
    out=$(PYTHONPATH=$PACKAGE PYTHONDONTWRITEBYTECODE=1 timeout 120 "$python" "$tests/python/$file" "$@" 2>&1) || {
        echo "# $file failed with $python" >&2
        sed 's/^/# /' <<<"$out" >&2
        return 1
    }
}

# every_python FILE: unittests with each interpreter, a few at a time: they sleep more than they run.
every_python() {
    local python jobs=() job failed=0
    for python in $PYTHONS; do
        unittests "$1" 3>&- &
        jobs+=($!)
        [ ${#jobs[@]} -lt 3 ] || {
            wait "${jobs[0]}" || failed=1
            jobs=("${jobs[@]:1}")
        }
    done
    for job in "${jobs[@]}"; do
        wait "$job" || failed=1
    done
    return $failed
}

# What is in the virtual environment that the package is tested in.
PACKAGE_TESTED_WITH='setuptools>=61 wheel mypy trio django flask fastapi aiohttp gunicorn uvicorn uvloop pytest pytest-xdist ipython'

# The environment's folder; made when it is first asked for, and again when it is to hold something else.
package_environment() {
    local folder=$PYREC_BUILD/package/tests
    if [ "$(cat "$folder/done" 2>/dev/null)" != "$PACKAGE_TESTED_WITH" ]; then
        python3 -m venv --clear "$folder" >&2
        # shellcheck disable=SC2086 # a list of words
        "$folder/bin/pip" install -q --disable-pip-version-check $PACKAGE_TESTED_WITH >&2
        echo "$PACKAGE_TESTED_WITH" >"$folder/done"
    fi
    echo "$folder"
}

# A copy of what the package is built from, without what was built in it; made once a file.
checkout() {
    local folder=$BATS_FILE_TMPDIR/checkout top=$BATS_TEST_DIRNAME/..
    if [ ! -e "$folder" ]; then
        mkdir "$folder"
        (cd "$top" && tar -cf - --exclude=build --exclude='*.egg-info' Makefile LICENSE format render record) |
            tar -xf - -C "$folder"
    fi
    echo "$folder"
}
