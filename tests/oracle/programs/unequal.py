"""Thirty-two short functions of unequal lengths, in an order that looks random and is always the same.

Returns, with `measure` on the command line after the seconds, what each costs: the function is timed alone, five
hundred calls at once, and in its place, call by call.  Both are weighed by how often it is called.
"""
import sys

import account
import kinds

FUNCTIONS = 32
TEMPLATE = """
def f{i}():
    for x in LENGTH{i}:
        pass
"""
EMPTY = """
def empty{i}():
    pass
"""


def functions():
    names = {"LENGTH%d" % i: range(40 + 30 * (i * 7 % FUNCTIONS)) for i in range(FUNCTIONS)}
    for i in range(FUNCTIONS):
        kinds.make(TEMPLATE, __file__, i, names)
    return [names["f%d" % i] for i in range(FUNCTIONS)]


def order():
    """Indices of 4,096 calls: a linear congruential generator's, every function about as often."""
    state, calls = 1, []
    for _ in range(4096):
        state = (state * 1103515245 + 12345) % 2147483648
        calls.append((state >> 16) % FUNCTIONS)
    return calls


ALL = functions()
CALLS = [ALL[i] for i in order()]


def main(seconds):
    end = account.wall() + seconds
    while account.wall() < end:
        for call in CALLS:
            call()
    return measure() if sys.argv[2:] == ["measure"] else None


def measure():
    each = {call.__name__: call for call in CALLS}
    often = {name: sum(call.__name__ == name for call in CALLS) for name in each}
    names = {}
    kinds.make(EMPTY, __file__, 0, names)
    nothing = alone(names["empty0"])
    costs = {name: alone(call) - nothing for name, call in each.items()}
    return {"alone": {name: costs[name] * often[name] for name in each}, "placed": placed(names["empty0"])}


def alone(call):
    """Seconds that a call takes, the least of many attempts."""
    least = 1.0
    for _ in range(10):
        began = account.wall()
        for _ in range(500):
            call()
        least = min(least, (account.wall() - began) / 500)
    return least


def placed(empty):
    """Seconds of each function in one pass over the calls, the least of many passes for each call."""
    least = [(1.0, 1.0)] * len(CALLS)
    for _ in range(40):
        for at, call in enumerate(CALLS):
            began = account.wall()
            call()
            between = account.wall()
            empty()
            least[at] = min(least[at][0], between - began), min(least[at][1], account.wall() - between)
    sums = {}
    for call, (took, nothing) in zip(CALLS, least):
        sums[call.__name__] = sums.get(call.__name__, 0) + max(took - nothing, 0)
    return sums


if __name__ == "__main__":
    account.run(main)
