"""Generators three deep that take turns: each yields through two others, and the next kind goes on."""
import account
import kinds

TEMPLATE = """
def top{i}(n):
    work{i}()
    yield from middle{i}(n)
    work{i}()
def middle{i}(n):
    for x in bottom{i}(n):
        work{i}()
        yield x
def bottom{i}(n):
    for x in range(n):
        yield work{i}()
def work{i}():
    return {i}
"""


def main(seconds):
    makers = kinds.make_all(TEMPLATE, __file__, "top")
    end = account.wall() + seconds
    while account.wall() < end:
        turns = list(map(start, makers))  # -> start
        while turns:
            turns = list(filter(resume, turns))  # -> resume


def start(maker):
    return maker(20)  # -> top


def resume(turn):
    return next(turn, None) is not None  # -> top


legal = kinds.one_kind

if __name__ == "__main__":
    account.run(main)
