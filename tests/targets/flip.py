# Two deep recursions in turn: no sample has a frame in common with the one before, so a small ring fills soon.
import sys
import time

sys.setrecursionlimit(10000)


def left(n, end):
    if n:
        return left(n - 1, end)
    while time.monotonic() < end:
        pass


def right(n, end):
    if n:
        return right(n - 1, end)
    while time.monotonic() < end:
        pass


for step in range(int(sys.argv[1])):
    (left if step % 2 else right)(1500, time.monotonic() + 0.02)
