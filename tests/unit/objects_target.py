"""Objects of all kinds and where they lie, for objects_test: strings, code objects, threads' names, sys.

    str ADDRESS TEXT | notstr ADDRESS
    long ADDRESS CHARACTERS             a str of that many "a"
    code ADDRESS NAME LINETABLE FIRSTLINE SIZE NAME-TEXT FILE-TEXT LINETABLE-BYTES     the first three are addresses
    thread IDENT NAME-TEXT
    sys KIND TEXT                       KIND as enum objects_sys_kind
"""
import argparse
import collections
import decimal
import gc
import inspect
import sys
import threading
import typing

from targets import introduce, ready, say, text

OLD = sys.version_info < (3, 11)
gate = threading.Lock()


def strings():
    whole = ["", "plain", "nul\0nul", "größe", "ÿ" * 5000, "函数", "Ā" * 5000, "mixed ß 函 😀", "😀" * 5000, "a" * 5000,
             "esc\udcff\udc80", "x\ud800y\udfffz\udc7f"]
    for string in whole:
        expected = "".join("\ufffd" if "\ud800" <= c <= "\udc7f" or "\udd00" <= c <= "\udfff" else c for c in string)
        say("str", id(string), text(expected))
    return whole


class Text(str):
    pass


def no_strings():
    others = [Text("a subclass's"), b"bytes", 5, None, (), str, object()]
    for other in others:
        say("notstr", id(other))
    return others


def hides(before, name="__tracebackhide__"):
    """A function with so many local variables before that one."""
    scope = {}
    names = ["v%d" % i for i in range(before)] + [name]
    exec("def hide():\n    " + " = ".join(names) + " = 0\n", scope)
    return scope["hide"]


def codes():
    kept = [hides(before) for before in (0, 1, 31, 32, 33, 255, 256, 300)]
    kept.append(hides(2, "__tracebackhide_"))
    kept.append(hides(2, "__tracebackhide___"))
    for function in gc.get_objects():
        if not inspect.isfunction(function):
            continue
        code = function.__code__
        name = code.co_name if OLD else code.co_qualname
        table = code.co_lnotab if sys.version_info < (3, 10) else code.co_linetable
        size = code.co_stacksize if OLD else len(code.co_code) // 2
        say("code", id(code), id(name), id(table), code.co_firstlineno, size, text(name),
            text(code.co_filename), "x" + table.hex(), int("__tracebackhide__" in code.co_varnames[:256]))
    return kept


def park(ready):
    ready.set()
    gate.acquire()
    gate.release()


class Plain(threading.Thread):
    pass


class Slots(threading.Thread):
    __slots__ = ("one", "two")


class Late(threading.Thread):
    """Attributes set in another order than in other instances, before those of the base class."""

    def __init__(self, *args, **kwargs):
        self.late = self.later = self.latest = None
        super().__init__(*args, **kwargs)


def threads():
    for kind, name in ((threading.Thread, "Thread-ä"), (Plain, "plain"), (Slots, "slots"), (Late, "late"), (Plain, ""),
                       (Plain, "attributes"), (Plain, "dict"), (Plain, "new dict"), (Plain, "renamed")):
        started = threading.Event()
        thread = kind(target=park, args=(started,), name=name, daemon=True)
        if name == "attributes":
            for i in range(100):
                setattr(thread, "attribute%d" % i, i)
        if name == "dict":
            thread.__dict__["more"] = 1
        if name == "new dict":
            thread.__dict__ = dict(thread.__dict__)
        thread.start()
        if name == "renamed":
            thread.name = "renamed 函"
        started.wait()
        say("thread", thread.ident, text(thread.name))


def installation():
    sys.path.append("/no\udcff/函数")
    sys.path.append(5)
    for kind, value in enumerate([sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix]):
        say("sys", kind, text(value))
    for item in sys.path[:-1]:
        say("sys", 4, text(item))


def main():
    gate.acquire()
    introduce()
    kept = strings(), no_strings(), "a" * 100000
    say("long", id(kept[2]), len(kept[2]))
    functions = codes()
    threads()
    installation()
    ready()
    sys.stdin.read()
    return kept, functions, argparse, collections, decimal, typing


main()
