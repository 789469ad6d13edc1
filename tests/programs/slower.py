"""A program that waits for its data as long as it is told to: slower.py SECONDS."""

import sys
import time


def fetch(seconds):
    time.sleep(seconds)


def draw():
    time.sleep(0.1)


def main():
    fetch(float(sys.argv[1]))
    draw()


main()
