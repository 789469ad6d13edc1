"""A program of tests/programs in its steady state: its work is done once to warm up, then timed.

usage: steady.py SECONDS django|deep    the seconds are a measure of the work, not a limit
"""
import os
import sys

import account

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "programs"))


def django_work():
    import django_render
    from django.template.loader import render_to_string

    django_render.main(1)
    return lambda: [render_to_string("page.html") for _ in range(100)]


def deep_work():
    import deep_calls

    return lambda: [deep_calls.down(58, n) for n in range(1000)]


def main(seconds):
    work = {"django": django_work, "deep": deep_work}[sys.argv[2]]()
    rounds = int(float(seconds) * 40)
    for _ in range(rounds // 2 + 1):
        work()
    began = account.wall()
    for _ in range(rounds):
        work()
    return {"steady": account.wall() - began}


if __name__ == "__main__":
    account.run(main)
