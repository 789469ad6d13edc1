"""Code of six kinds in turns of some 100 us: calls, recursion, generators, callbacks, exceptions, a loop.

Returns the seconds that each kind took, measured around each turn.
"""
import account


def empty():
    pass


def short_calls():
    for x in range(1500):
        empty()


def down(n):
    return down(n - 1) if n else 0


def recursion():
    for x in range(20):
        down(60)


def count(n):
    for x in range(n):
        yield x


def through(n):
    for x in count(n):
        yield x


def generators():
    for x in through(1200):
        pass


def negative(x):
    return -x


def callbacks():
    sorted(range(1200), key=negative)


def fail():
    raise KeyError(1)


def exceptions():
    for x in range(300):
        try:
            fail()
        except KeyError:
            pass


def loop():
    for x in range(5000):
        x * x


PHASES = (short_calls, recursion, generators, callbacks, exceptions, loop)


def main(seconds):
    took = {phase.__name__: 0.0 for phase in PHASES}
    end = account.wall() + seconds
    began = account.wall()
    while began < end:
        for phase in PHASES:
            phase()
            now = account.wall()
            took[phase.__name__] += now - began
            began = now
    return {"truth": took}


if __name__ == "__main__":
    account.run(main)
