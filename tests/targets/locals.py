# A frame with local variables of many kinds, and what is hostile about some of them.
import ctypes
import time


class Thing(object):
    def __repr__(self):
        raise SystemExit("executed")


class Liar(list):
    def __len__(self):
        raise SystemExit("executed")


def lie(thing, size):
    """Lets an object say that it is of another size, for ever: this program has to be killed."""
    ctypes.c_int64.from_address(id(thing) + object.__basicsize__).value = size


def inner(argument, default=None, *rest, **named):
    nothing, yes, no = None, True, False
    zero, one, minus, big, huge, tiny = 0, 1, -2, 12345678901234567890123, 7 ** 1000, -(2 ** 100)
    half, whole, great, endless = 0.5, 3.0, 1e300, float("inf")
    text, quoted, wide, long_text = "text", "it's \\ \n\x1b[31m", u"\u00e9\u4e2d", "x" * 100000
    data = b"\x00data'"
    empty, pair, many = [], (1, "a"), list(range(1000))
    single = (1,)
    nest = [[[1], 2], 3]
    circle = []
    circle.append(circle)
    deep = []
    for _ in range(100000):
        deep = [deep]
    table, group = {"a": 1, "b": 2}, {1, 2, 3}
    thing, liar, kind = Thing(), Liar([1]), Thing
    unset = 1
    del unset
    fake_list, fake_str, fake_tuple = [1], "".join(["fa", "ke"]), tuple([1])
    shared = 42
    def closure():
        return shared
    lie(fake_list, -1)
    lie(fake_list, 1 << 60)
    lie(fake_str, 1 << 60)
    lie(fake_tuple, (1 << 63) - 1)
    open("ready", "w").close()
    while True: # 2.7 is found only by who has the GIL
        sum(range(10000))
        time.sleep(0.002)


inner("first", 5, key=1)
