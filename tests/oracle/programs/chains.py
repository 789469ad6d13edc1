"""Sixteen chains of short calls, with generators and recursion, that never mix."""
import account
import kinds

TEMPLATE = """
def a{i}(n):
    return b{i}(n)
def b{i}(n):
    for x in g{i}(n):
        c{i}(x)
    return r{i}(n)
def c{i}(x):
    return x + {i}
def g{i}(n):
    for x in range(n):
        yield c{i}(x)
def r{i}(n):
    return l{i}(n) if n <= 0 else r{i}(n - 1)
def l{i}(n):
    return n
"""


def main(seconds):
    calls = kinds.make_all(TEMPLATE, __file__, "a")
    end = account.wall() + seconds
    while account.wall() < end:
        for call in calls:
            call(3)  # -> a


def legal(stack):
    return kinds.one_kind(stack) and kinds.at_most(stack, "r", 4)


if __name__ == "__main__":
    account.run(main)
