"""Sixteen threads with the main one, three of them busy, the others waiting as servers' threads do."""
import threading

import account


def busy_a(end):
    while account.wall() < end:
        work_a()


def busy_b(end):
    while account.wall() < end:
        work_b()


def busy_c(end):
    while account.wall() < end:
        work_c()


def work_a():
    for x in range(20):
        x * x


def work_b():
    for x in range(20):
        x * x


def work_c():
    for x in range(20):
        x * x


def idle(stop):
    stop.wait()  # -> wait


def enter(life, argument, accounts):
    wall, cpu = account.wall(), account.cpu()
    life(argument)  # -> busy_a busy_b busy_c idle
    accounts[life.__name__] = {"wall": account.wall() - wall, "cpu": account.cpu() - cpu}


def main(seconds):
    stop, accounts, end = threading.Event(), {}, account.wall() + seconds  # -> __init__
    arguments = [(life, end, accounts) for life in (busy_a, busy_b, busy_c)] + [(idle, stop, {})] * 12
    threads = []
    for each in arguments:
        threads.append(threading.Thread(target=enter, args=each, name=each[0].__name__))  # -> __init__
        threads[-1].start()
    for thread in threads[:3]:
        thread.join()
    stop.set()  # -> set
    for thread in threads[3:]:
        thread.join()
    return {"threads": accounts}


def legal(stack):
    names = [name[-1] for name, _ in stack if name.startswith(("busy", "work"))]
    return len(set(names)) <= 1


if __name__ == "__main__":
    account.run(main)
