"""Exceptions that unwind eight calls, through handlers and finally clauses that call functions of their own."""
import account
import kinds

TEMPLATE = """
def start{i}(n):
    try:
        down{i}(n)
    except KeyError:
        handle{i}()
def down{i}(n):
    try:
        if n == 0:
            fail{i}()
        down{i}(n - 1)
    finally:
        clean{i}()
def fail{i}():
    raise KeyError({i})
def clean{i}():
    return {i}
def handle{i}():
    return {i}
"""


def main(seconds):
    calls = kinds.make_all(TEMPLATE, __file__, "start")
    end = account.wall() + seconds
    while account.wall() < end:
        for call in calls:
            call(7)  # -> start


def legal(stack):
    depth = sum(name == "down" for name, _ in stack)
    return kinds.one_kind(stack) and depth <= 8 and (stack[-1:] and stack[-1][0] != "fail" or depth in (0, 8))


if __name__ == "__main__":
    account.run(main)
