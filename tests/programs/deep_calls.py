"""Calls 60 deep, again and again: the most calls a second that Python makes on a deep stack.

usage: deep_calls.py [rounds]
"""
import sys


def leaf(n):
    return n + 1


def down(depth, n):
    if depth == 0:
        return leaf(n) + leaf(n)
    return down(depth - 1, n)


def main(rounds):
    total = 0
    for n in range(rounds):
        total += down(58, n)
    print(total)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300000)
