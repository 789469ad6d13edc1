"""Sixteen threads, three of them busy, the others waiting as servers' threads do.

usage: sixteen_threads.py [seconds]
"""
import sys
import threading
import time


def parse(text):
    return [int(word) for word in text.split()]


def add(numbers):
    return sum(number * number for number in numbers)


def work(stop):
    text = " ".join(str(n) for n in range(200))
    while not stop.is_set():
        add(parse(text))


def wait(stop):
    stop.wait()


def main(seconds):
    stop = threading.Event()
    threads = [threading.Thread(target=work, args=(stop,), name=f"busy-{n}") for n in range(3)]
    threads += [threading.Thread(target=wait, args=(stop,), name=f"idle-{n}") for n in range(12)]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    stop.set()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 5)
