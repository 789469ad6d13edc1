"""walk_target.py for 2.7."""
import os
import sys
import thread
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from targets import introduce, ready, say, text

DEEP = 17000  # frames: more than WALK_DEPTH_MAX

gate = threading.Lock()
gate.acquire()
parked = []


def park():
    parked.append(thread.get_ident())
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


def inner():
    yield 1
    park()
    yield 2


def middle():
    for value in inner():
        yield value


def generators():
    return sum(value for value in (item + 1 for item in middle()))


class Old:
    def __init__(self):
        park()


class New(object):
    def __init__(self):
        Old()


def callbacks():
    def key(item):
        if item == 3:
            park()
        return -item

    return sorted([1, 2, 3], key=key)


def foreign():
    """Names of files that are no ASCII, a long way between two lines."""
    scope = {"park": park}
    source = "def far(then):\n    x = (1,\n" + "\n" * 700 + "    then())\n"
    exec(compile(source, "gr\xc3\xb6\xc3\x9fe \xff.py", "exec"), scope)
    scope["far"](park)


class Named(threading.Thread):
    def __init__(self, target):
        self.before = 1
        super(Named, self).__init__(target=target, name="w\xc3\xb6rk")
        self.daemon = True
        self.after = dict(self.__dict__)

    def run(self):
        super(Named, self).run()


def start(name, function, *args):
    started = threading.Thread(target=function, args=args, name=name)
    started.daemon = True
    started.start()


def start_all():
    threading.stack_size(1 << 20)
    start("recursion", recursion, 300)
    start("mutual", even, 200)
    start("generators", generators)
    start("init", New)
    start("callbacks", callbacks)
    start("foreign", foreign)
    for i in range(3):
        start("more-%d" % i, park)
    Named(park).start()
    thread.start_new_thread(park, ())
    threading.stack_size(1 << 29)
    start("deep", recursion, DEEP)
    return 12


def chain(frame):
    while frame:
        yield frame
        frame = frame.f_back


def places():
    """Where the other threads are."""
    frames = sys._current_frames()
    del frames[thread.get_ident()]
    return dict((ident, [(f.f_lineno, f.f_lasti) for f in chain(frame)]) for ident, frame in frames.items())


def settle(count):
    """Waits until all threads wait at the gate and stand still."""
    before = None
    while len(parked) < count or before != places():
        before = places()
        time.sleep(0.1)


def tell(ident, frame, names):
    named = names.get(ident)
    say("thread", ident, text(named.name if named else None))
    for frame in chain(frame):
        code = frame.f_code
        # This thread goes on to wait(), on the same lines: its instructions are not known yet.
        instr = -2 if ident == thread.get_ident() else frame.f_lasti
        say("frame", frame.f_lineno, instr, text(code.co_name), text(code.co_filename))
    say("end")


def wait():
    tell(thread.get_ident(), sys._getframe(), {}) or ready() or sys.stdin.read()


def main():
    sys.setrecursionlimit(DEEP + 1000)
    count = start_all()
    settle(count)
    introduce()
    names = dict((started.ident, started) for started in threading.enumerate())
    del names[thread.get_ident()]
    for ident, frame in sys._current_frames().items():
        if ident != thread.get_ident():
            tell(ident, frame, names)
    wait()


main()
