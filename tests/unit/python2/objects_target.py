"""objects_target.py for 2.7."""
import argparse
import collections
import decimal
import gc
import inspect
import os
import sys
import tarfile
import threading
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from targets import introduce, ready, say, text

gate = threading.Lock()


def strings():
    whole = ["", "plain", "nul\0nul", "gr\xc3\xb6\xc3\x9fe", "a" * 5000, "\xe5\x87\xbd\xe6\x95\xb0", "x" * 1023, "x" * 1024,
             "x" * 1025, "one", "two words"]
    for string in whole:
        say("str", id(string), text(string))
    return whole


def no_strings():
    others = [u"unicode", bytearray(b"bytes"), 5, None, (), str, object()]
    for other in others:
        say("notstr", id(other))
    return others


def codes():
    for function in gc.get_objects():
        if not inspect.isfunction(function):
            continue
        code = function.__code__
        say("code", id(code), id(code.co_name), id(code.co_lnotab), code.co_firstlineno, code.co_stacksize,
            text(code.co_name), text(code.co_filename), text(code.co_lnotab))


def park(parked):
    parked.set()
    gate.acquire()
    gate.release()


class Plain(threading.Thread):
    pass


class Slots(threading.Thread):
    __slots__ = ("one", "two")


def threads():
    for kind, name in ((threading.Thread, "Thread-\xc3\xa4"), (Plain, "plain"), (Slots, "slots"), (Plain, ""),
                       (Plain, "attributes"), (Plain, "new dict"), (Plain, "renamed")):
        parked = threading.Event()
        thread = kind(target=park, args=(parked,), name=name)
        thread.daemon = True
        if name == "attributes":
            for i in range(100):
                setattr(thread, "attribute%d" % i, i)
        if name == "new dict":
            thread.__dict__ = dict(thread.__dict__)
        thread.start()
        if name == "renamed":
            thread.name = "renamed again"
        parked.wait()
        say("thread", thread.ident, text(thread.name))


def installation():
    sys.real_prefix = "/the/real one"  # as virtualenv does
    sys.path.append("/no\xff/where")
    sys.path.append(5)
    for kind, value in enumerate([sys.prefix, sys.real_prefix, sys.exec_prefix, sys.real_prefix]):
        say("sys", kind, text(value))
    for item in sys.path[:-1]:
        say("sys", 4, text(item))


def main():
    gate.acquire()
    introduce()
    kept = strings(), no_strings(), "a" * 100000
    say("long", id(kept[2]), len(kept[2]))
    codes()
    threads()
    installation()
    ready()
    sys.stdin.read()
    return kept, argparse, collections, decimal, tarfile, unittest


main()
