"""Functions that call each other in every way there is, in kinds that never mix: says who may call whom, then runs."""
import sys
import threading

from targets import introduce, ready, say

KINDS = 4
KIND = """
def a{i}():
    {locals}
    b{i}(3)
    for x in g{i}(2):
        c{i}(x)
    sum(h{i}())
    sorted((2, 1), key=k{i})
    W{i}()
    try:
        e{i}()
    except ValueError:
        pass
    t{i}()
    o{i}().close()
    list(s{i}(2))
    exec(D{i})

def b{i}(n):
    return d{i}(*[n]) if n else 0
def d{i}(n, **rest):
    {locals}
    return b{i}(n - 1)
def g{i}(n):
    for x in range(n):
        yield c{i}(x)
def c{i}(x):
    {locals}
    return x
def h{i}():
    yield 1
    yield m{i}(1)
def m{i}(x):
    return x
def k{i}(x):
    return -m{i}(x)
def w{i}(self):
    m{i}(self)
def e{i}():
    {locals}
    f{i}()
def f{i}():
    raise ValueError
def t{i}():
    generator = s{i}(1)
    next(generator)
    try:
        generator.throw(ValueError)
    except ValueError:
        m{i}(1)
def s{i}(n):
    yield n
    if n:
        {delegate}
def o{i}():
    {locals}
    generator = s{i}(2)
    next(generator)
    return generator
class W{i}(object):
    __init__ = w{i}
    __del__ = m{i}
D{i} = compile("m{i}(0)", "made", "exec")
"""
DELEGATE = "yield from s%d(n - 1)" if sys.version_info >= (3,) else "for x in s%d(n - 1): yield x"
# Callee: its callers.
CALLERS = {
    "a": ["run"], "b": "ad", "d": "b", "g": "a", "c": "ag", "h": "a", "m": "hkwt" + "a", "k": "a", "w": "a", "e": "a",
    "f": "e", "t": "a", "s": "ast" + "o", "o": "a",
}

stopped = threading.Event()


def define(i):
    scope = {}
    names = " = ".join("v%d" % k for k in range(2 * i + 1))
    exec(compile(KIND.format(i=i, locals=names + " = 0", delegate=DELEGATE % i), "kind%d" % i, "exec"), scope)
    for callee, callers in CALLERS.items():
        for caller in callers:
            say("edge", "%s%d" % (callee, i), caller if caller == "run" else "%s%d" % (caller, i))
    say("edge", "<module>", "a%d" % i)
    say("edge", "m%d" % i, "<module>")
    return scope["a%d" % i]


def run(calls):
    while not stopped.is_set():
        for call in calls:
            call()


def wait():
    sys.stdin.read()
    stopped.set()


def main():
    introduce()
    calls = [define(i) for i in range(KINDS)]
    for callee, caller in (("main", "<module>"), ("ready", "main"), ("say", "ready"), ("run", "main"), ("is_set", "run"), ("isSet", "run")):
        say("edge", callee, caller)
    say("thread", threading.current_thread().ident)
    for _ in range(100):  # until calls are specialised
        for call in calls:
            call()
    watcher = threading.Thread(target=wait)
    watcher.daemon = True
    watcher.start()
    ready()
    run(calls)


main()
