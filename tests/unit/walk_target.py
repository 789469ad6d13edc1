"""Threads parked in known places, with what sys._current_frames() says of them: the truth for walk_test."""
import _thread
import sys
import threading
import time

from targets import introduce, ready, say, text

DEEP = 17000  # frames: more than WALK_DEPTH_MAX

gate = threading.Lock()
gate.acquire()
parked = []


def park():
    parked.append(threading.get_ident())
    gate.acquire()
    gate.release()


def recursion(depth):
    if depth:
        return recursion(depth - 1)
    return park()


def even(depth):
    if depth:
        return odd(depth - 1)
    park()


def odd(depth):
    return even(
        depth
        - 1
    )


def inner(parks):
    yield 1
    if parks:
        park()
    yield 2


def middle(parks):
    yield 0
    yield from inner(parks)


def generators(parks=True):
    return sum(value for value in (item + 1 for item in middle(parks)))


class Widget:
    def __init__(self, parks):
        self.size = 3
        if parks:
            park()


def init():
    """Often enough that CALL is specialised: then a shim frame lies below __init__."""
    for i in range(200):
        Widget(i == 199)


def callbacks():
    def key(item):
        if item == 3:
            park()
        return -item

    return sorted([1, 2, 3], key=key)


async def leaf():
    park()


async def branch():
    await leaf()


def coroutine():
    try:
        branch().send(None)
    except StopIteration:
        pass


def foreign():
    """Code with a name and a file name beyond ASCII, some of it not even Unicode."""
    scope = {"park": park}
    for name, path in (("größe", "sürr\udcff.py"), ("函数", "文件/函数.py"), ("𐌰𐌱", "😀.py")):
        source = "def %s(then):\n\n    return then()\n" % name
        exec(compile(source, path, "exec"), scope)
    scope["größe"](lambda: scope["函数"](lambda: scope["𐌰𐌱"](park)))


class Named(threading.Thread):
    """A subclass with attributes of its own, looked at through __dict__."""

    def __init__(self, target):
        self.before = 1
        super().__init__(target=target, name="wörk 😀", daemon=True)
        self.after = dict(self.__dict__)

    def run(self):
        super().run()


def start(name, function, *args):
    threading.Thread(target=function, args=args, name=name, daemon=True).start()


def start_all():
    threading.stack_size(1 << 20)
    start("recursion", recursion, 500)
    start("mutual", even, 200)
    start("generators", generators)
    start("init", init)
    start("callbacks", callbacks)
    start("coroutine", coroutine)
    start("foreign", foreign)
    Named(park).start()
    _thread.start_new_thread(park, ())
    threading.stack_size(1 << 29)
    start("deep", recursion, DEEP)
    return 10


def places():
    """Where the other threads are."""
    frames = sys._current_frames()
    del frames[threading.get_ident()]
    return {ident: [(f.f_lineno, f.f_lasti) for f in chain(frame)] for ident, frame in frames.items()}


def chain(frame):
    while frame:
        yield frame
        frame = frame.f_back


def settle(count):
    """Waits until all threads wait at the gate and stand still."""
    before = None
    while len(parked) < count or before != places():
        before = places()
        time.sleep(0.1)


def tell(ident, frame, names):
    """Says where a thread is; names are of threads that were started by threading."""
    thread = names.get(ident)
    say("thread", ident, text(thread.name if thread else None))
    for frame in chain(frame):
        code = frame.f_code
        # This thread goes on to wait(), on the same lines: its instructions are not known yet.
        instr = -2 if ident == threading.get_ident() else frame.f_lasti
        name = getattr(code, "co_qualname", code.co_name)
        say("frame", frame.f_lineno, instr, text(name), text(code.co_filename))
    say("end")


def wait():
    tell(threading.get_ident(), sys._getframe(), {}) or ready() or sys.stdin.read()


def main():
    sys.setrecursionlimit(DEEP + 1000)
    generators(False)
    count = start_all()
    settle(count)
    introduce()
    names = {thread.ident: thread for thread in threading.enumerate()}
    del names[threading.get_ident()]
    for ident, frame in sys._current_frames().items():
        if ident != threading.get_ident():
            tell(ident, frame, names)
    wait()


main()
