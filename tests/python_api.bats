#!/usr/bin/env bats
# The package: its API, under every interpreter; how it is built.
# needs: agent

# shellcheck source=tests/python.bash
source "$BATS_TEST_DIRNAME/python.bash"

@test "the API does what it says, under every CPython from 3.8 on, with one build" {
    every_python api.py
}

@test "time in tasks counts under the await; asyncio and trio" {
    every_python tasks.py
    python=$(package_environment)/bin/python unittests tasks.py Trio
}

@test "under pyrec itself, both record" {
    python=$(newest_python)
    PYTHONPATH=$PACKAGE timeout 60 pyrec -o run.prof --python "$python" -c '
import sys; sys.path.insert(0, "'"$tests"'/python")
from programs import nap, names
from pyrec import Profiler
with Profiler() as profiler:
    nap(0.2)
print("nap" in names(profiler.root_frame()))' >out
    [ "$(cat out)" = True ]
    pyrender run.prof | grep -q nap
}

@test "a debug build of CPython: references stay balanced" {
    debug=$(command -v python3.13-dbg python3.12-dbg python3.11-dbg python3-dbg | head -n 1)
    [ -n "$debug" ] || skip "no debug build here"
    "$debug" -m venv environment
    python=environment/bin/python
    "$python" -m pip install -q --disable-pip-version-check 'setuptools>=61' wheel
    cp -r "$(checkout)" checkout
    CFLAGS=-O0 "$python" -m pip install -q --disable-pip-version-check --no-build-isolation ./checkout/record/python
    "$python" -c 'import sys; sys.gettotalrefcount()'
    PACKAGE='' unittests references.py
}

@test "the README's examples run" {
    python=$(newest_python)
    PYTHONPATH=$PACKAGE "$python" "$tests/python/readme.py" "$BATS_TEST_DIRNAME/../record/python/README.md" >out 2>err
    grep -q '<module>' out
    grep -q '^pyrec: block (<example 1>' err
    grep -q '^pyrec: handle (<example 1>' err
    pyrender run.prof | grep -q '^Thread MainThread'
    grep -q '</html>' report.html
}

@test "types hold under mypy --strict" {
    environment=$(package_environment)
    cd "$BATS_TEST_DIRNAME/../record/python"
    "$environment/bin/mypy" --strict --cache-dir "$BATS_TEST_TMPDIR/mypy" pyrec
}

@test "pip installs it from a source distribution" {
    environment=$(package_environment)
    cp -r "$(checkout)" checkout
    (cd checkout/record/python && "$environment/bin/python" setup.py -q sdist -d "$BATS_TEST_TMPDIR" >/dev/null)
    rm -r checkout
    CFLAGS=-O0 "$environment/bin/pip" install -q --no-build-isolation --no-deps --target installed pyrec-*.tar.gz
    PYTHONPATH=installed "$environment/bin/python" -c '
import pyrec, time
with pyrec.Profiler() as profiler:
    time.sleep(0.05)
assert pyrec.__file__.startswith("'"$PWD"'") and profiler.last_session.sample_count > 5'
}

@test "built without the sampler, the setprofile engine is all there is, and what is asked for" {
    environment=$(package_environment)
    cp -r "$(checkout)" checkout
    CFLAGS=-O0 PYREC_WITHOUT_SAMPLER=1 "$environment/bin/pip" install -q --no-build-isolation --no-deps \
        --target installed ./checkout/record/python
    PYTHONPATH=installed:$tests/python "$environment/bin/python" -c '
import pyrec
from programs import names, nap
assert not hasattr(pyrec._engine, "Engine")
with pyrec.Profiler() as profiler:
    nap(0.05)
assert profiler.engine == "setprofile" and "nap" in names(profiler.root_frame())'
}
