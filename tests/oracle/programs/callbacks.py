"""Python functions that C functions call: keys of sorted, steps of reduce, of map and re.sub, a set's items."""
import functools
import re

import account
import kinds

TEMPLATE = """
def do{i}(data):
    sorted(data, key=key{i}) # -> key
    reduce(step{i}, data) # -> step
    list(map(each{i}, data)) # -> each
    set(map(Key{i}, data)) # -> __init__ __hash__ __eq__
    PATTERN.sub(found{i}, "a b c") # -> found
def key{i}(x):
    return leaf{i}(-x)
def step{i}(x, y):
    return leaf{i}(x) + y
def each{i}(x):
    return leaf{i}(x)
def found{i}(match):
    return leaf{i}("x")
def leaf{i}(x):
    return x
class Key{i}:
    def __init__(self, x):
        self.x = leaf{i}(x)
    def __hash__(self):
        return leaf{i}(self.x % 3)
    def __eq__(self, other):
        return leaf{i}(self.x) == other.x
"""


def main(seconds):
    calls = kinds.make_all(TEMPLATE, __file__, "do", reduce=functools.reduce, PATTERN=re.compile("[abc]"))
    end = account.wall() + seconds
    while account.wall() < end:
        for call in calls:
            call((3, 1, 2, 5, 4))  # -> do


legal = kinds.one_kind

if __name__ == "__main__":
    account.run(main)
