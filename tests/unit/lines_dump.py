"""All code objects of some modules with their line tables and what the interpreter makes of them, for lines_test.

    code KIND FIRSTLINE TABLE       KIND as enum lines_kind, TABLE in hexadecimal ("x" in front)
    line OFFSET LINE                for each instruction; LINE -1 where it has none
    end
"""
from __future__ import print_function

import binascii
import dis
import os
import sys
import types

MODULES = ("argparse.py", "ast.py", "asyncio/base_events.py", "collections/__init__.py", "dataclasses.py",
           "_pydecimal.py", "decimal.py", "doctest.py", "inspect.py", "optparse.py", "pydoc.py", "re.py",
           "subprocess.py", "tarfile.py", "typing.py", "unittest/case.py", "unittest/mock.py", "urllib2.py",
           "zipfile.py")
KIND = sum(sys.version_info >= since for since in ((3,), (3, 10), (3, 11)))

LONG = "def long():\n    a = 1\n" + "\n" * 70000 + "    b = (a,\n" + "\n" * 300 + "a)\n" + "    c = 1\n" * 3000


def codes(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            for inner in codes(constant):
                yield inner


def lines(code):
    """Pairs of offset and line, one an instruction."""
    if hasattr(code, "co_lines"):
        for start, end, line in code.co_lines():
            for offset in range(start, end, 2):
                yield offset, -1 if line is None else line
        return
    starts, line = dict(dis.findlinestarts(code)), code.co_firstlineno
    for offset in range(0, len(code.co_code), 1 if KIND == 0 else 2):
        line = starts.get(offset, line)
        yield offset, line


def dump(source, path):
    for code in codes(compile(source, path, "exec", 0, True)):
        table = code.co_lnotab if KIND < 2 else code.co_linetable
        print("code", KIND, code.co_firstlineno, "x" + binascii.hexlify(table).decode())
        for offset, line in lines(code):
            print("line", offset, line)
        print("end")


def main():
    for name in MODULES:
        path = os.path.join(os.path.dirname(os.__file__), name)
        if os.path.exists(path):
            with open(path, "rb") as file:
                dump(file.read(), path)
    dump(LONG, "long.py")
    dump("x = 1\ndef f(x, y=lambda: 1): return [\n x for x in y if x\n for y in x]\nclass A:\n  b = 1\n", "short.py")


main()
