"""A program that never stands still: calls, generators, callbacks, threads and code objects that come and go."""
import sys
import threading

from targets import introduce, ready

stopped = threading.Event()


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def down(n):
    return down(n - 1) + 1 if n else 0


def walk(n):
    if n:
        for value in walk(n - 1):
            yield value
    yield n


class Point:
    def __init__(self, x):
        self.x = x


def churn():
    while not stopped.is_set():
        fib(10)
        down(300)
        sum(walk(20))
        sorted([Point(i) for i in range(20)], key=lambda point: -point.x)
        scope = {}
        exec("def made(n):\n    return made(n - 1) if n else 0\nmade(5)", scope)


def come_and_go():
    while not stopped.is_set():
        thread = threading.Thread(target=fib, args=(8,))
        thread.start()
        thread.join()


def main():
    if sys.version_info >= (3,):
        sys.setswitchinterval(0.0005)
    threads = [threading.Thread(target=target) for target in (churn, churn, come_and_go)]
    for thread in threads:
        thread.start()
    introduce()
    ready()
    sys.stdin.read()
    stopped.set()
    for thread in threads:
        thread.join()


main()
