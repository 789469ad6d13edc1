#!/usr/bin/env bats
# The package in pytest and in IPython.
# needs: agent

# shellcheck source=tests/python.bash
source "$BATS_TEST_DIRNAME/python.bash"

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_TMPDIR" || exit 1
    PATH=$PYREC_BUILD:$PATH
    environment=$(package_environment)
    export PYTHONPATH=$PACKAGE PYTHONDONTWRITEBYTECODE=1 IPYTHONDIR=$BATS_TEST_TMPDIR/ipython
    cat >test_it.py <<'TESTS'
import time

def helper():
    time.sleep(0.2)

def other_helper():
    time.sleep(0.15)

def test_slow():
    helper()

def test_fails():
    other_helper()
    assert False

def test_quick():
    pass
TESTS
}

run_pytest() {
    timeout 60 "$environment/bin/python" -m pytest -p no:cacheprovider "$@" >out 2>&1
}

@test "pytest: nothing without the option" {
    run_pytest test_it.py::test_slow
    run ! grep -q '= pyrec =' out
}

@test "pytest: a tree for each test that takes long enough, passed or failed" {
    run ! run_pytest --pyrec=0.1 test_it.py
    sed -n '/= pyrec =/,$p' out >section
    grep -q '^test_it.py::test_slow' section
    grep -q ' helper ' section
    grep -q '^test_it.py::test_fails' section
    grep -q ' other_helper ' section
    run ! grep -q test_quick section
}

@test "pytest: saved, and with xdist" {
    run ! run_pytest --pyrec=0.1 --pyrec-dir=profiles -n 2 test_it.py
    grep -q ' helper ' out
    grep -q ' other_helper ' out
    [ "$(find profiles -name '*.prof' | wc -l)" -eq 2 ]
    pyrender profiles/test_it.py__test_slow.prof | grep -q ' helper '
    grep -q '</html>' profiles/test_it.py__test_slow.html
}

@test "IPython: %pyrec and %%pyrec" {
    cat >session.ipy <<'IPYTHON'
%load_ext pyrec
import time
def helper():
    time.sleep(0.2)
%pyrec helper()
IPYTHON
    timeout 60 "$environment/bin/ipython" --colors=NoColor session.ipy >out
    grep -q ' helper ' out
    cat >cell.py <<'PYTHON'
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_line_magic("load_ext", "pyrec")
shell.run_cell_magic("pyrec", "--interval 0.0005", "import time\ndef in_cell():\n    time.sleep(0.2)\nin_cell()\nkept = 1")
assert shell.user_ns["kept"] == 1
shell.kernel = object()
from IPython.utils.capture import capture_output
with capture_output() as captured:
    shell.run_line_magic("pyrec", "in_cell()")
(page,) = captured.outputs
import base64, html, re, zlib
shown = page.data["text/html"]
assert "<iframe" in shown
(data,) = re.findall('type="application/octet-stream">([^<]*)<', html.unescape(shown))
assert b"in_cell" in zlib.decompress(base64.b64decode(data))
PYTHON
    timeout 60 "$environment/bin/python" cell.py >out
    grep -q ' in_cell ' out
}
