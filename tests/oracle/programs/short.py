"""Sixteen chains of three calls of some 50 ns each, and nothing else: most of the time a call begins or ends."""
import account
import kinds

TEMPLATE = """
def a{i}():
    b{i}()
    b{i}()
def b{i}():
    c{i}()
    c{i}()
def c{i}():
    pass
"""


def main(seconds):
    calls = kinds.make_all(TEMPLATE, __file__, "a") * 4
    end = account.wall() + seconds
    while account.wall() < end:
        for call in calls:
            call()  # -> a


legal = kinds.one_kind

if __name__ == "__main__":
    account.run(main)
