"""Coroutines that switch at every step, under a scheduler of their own."""
import account
import kinds

TEMPLATE = """
async def outer{i}(n):
    for x in range(n):
        await inner{i}(x)
        work{i}()
    async for x in source{i}(n):
        work{i}()
async def inner{i}(n):
    work{i}()
    await Switch(work{i}) # -> __init__ __await__
    work{i}()
async def source{i}(n):
    for x in range(n):
        await inner{i}(n) # -> inner
        yield work{i}()
def work{i}():
    return {i}
"""


class Switch:
    """Awaited, it gives the turn to the next."""

    def __init__(self, work):
        self.work = work

    def __await__(self):
        self.work()  # -> work
        yield


def main(seconds):
    makers = kinds.make_all(TEMPLATE, __file__, "outer", Switch=Switch)
    end = account.wall() + seconds
    while account.wall() < end:
        turns = list(map(start, makers))  # -> start
        while turns:
            turns = list(filter(resume, turns))  # -> resume


def start(maker):
    return maker(5)  # -> outer


def resume(turn):
    try:
        turn.send(None)  # -> outer
        return True
    except StopIteration:
        return False


legal = kinds.one_kind

if __name__ == "__main__":
    account.run(main)
