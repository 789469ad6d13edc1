"""Threads that start and end all the time, up to four at once, each of one kind and named after it."""
import threading

import account
import kinds

TEMPLATE = """
def enter{i}():
    for x in range(400):
        step{i}(x)
def step{i}(x):
    return leaf{i}(x)
def leaf{i}(x):
    return x
"""


def main(seconds):
    enters = kinds.make_all(TEMPLATE, __file__, "enter")
    end = account.wall() + seconds
    alive = []
    while account.wall() < end:
        for number, enter in enumerate(enters):
            thread = threading.Thread(target=enter, name="enter%d" % number)  # -> __init__ _remove
            thread.start()
            alive.append(thread)
            if len(alive) == 4:
                alive.pop(0).join()  # -> _remove
    for thread in alive:  # -> _remove
        thread.join()


legal = kinds.one_kind

if __name__ == "__main__":
    account.run(main)
