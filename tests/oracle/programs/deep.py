"""Stacks of a thousand frames that take turns, of two kinds of functions that must alternate all the way down."""
import sys

import account
import kinds

DEPTH = 498
TEMPLATE = """
def odd{i}(n):
    return even{i}(n)
def even{i}(n):
    return leaf{i}(leaf{i}(n)) if n == 0 else odd{i}(n - 1)
def leaf{i}(n):
    return n
"""


def main(seconds):
    sys.setrecursionlimit(10000)
    calls = kinds.make_all(TEMPLATE, __file__, "odd")
    end = account.wall() + seconds
    while account.wall() < end:
        for call in calls:
            call(DEPTH)  # -> odd


def legal(stack):
    """That odd calls even and even odd is on their lines; the leaf is called at the bottom only."""
    bottom = 1 + 2 * (DEPTH + 1)  # main and the pairs
    depth = len(stack)
    return kinds.one_kind(stack) and (depth == bottom + 1 if stack[-1][0] == "leaf" else depth <= bottom)


if __name__ == "__main__":
    account.run(main)
