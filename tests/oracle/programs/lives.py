"""Threads of four ways of life: one computes, one sleeps, one waits in locks, one computes and sleeps in turn.

Returns seconds and CPU seconds that each measured of itself, by the name of its function.
"""
import threading
import time

import account


def burn(end):
    while account.wall() < end:
        sum(range(1000))


def compute(end):
    burn(end)


def sleep(end):
    while account.wall() < end:
        time.sleep(0.01)


def lock_up(end):
    lock = threading.Lock()
    lock.acquire()
    while account.wall() < end:
        lock.acquire(True, 0.02)


def mix(end):
    while account.wall() < end:
        burn(account.wall() + 0.02)
        time.sleep(0.02)


def enter(life, end, accounts):
    wall, cpu = account.wall(), account.cpu()
    life(end)
    accounts[life.__name__] = {"wall": account.wall() - wall, "cpu": account.cpu() - cpu}


def main(seconds):
    end, accounts = account.wall() + seconds, {}
    threads = [threading.Thread(target=enter, args=(life, end, accounts), name=life.__name__)
               for life in (compute, sleep, lock_up, mix)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"threads": accounts}


if __name__ == "__main__":
    account.run(main)
