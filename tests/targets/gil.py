# Threads in one state each: one sleeps, one waits for a lock, and while they do, two compute and one collects garbage.
import gc
import threading
import time

held = threading.Lock()
end = [0]


def busy():
    while time.time() < end[0]:
        sum(range(100))


def collect():
    garbage = [[] for _ in range(100000)]
    while time.time() < end[0]:
        gc.collect()
    del garbage


def sleep():
    time.sleep(1.5)


def lock():
    held.acquire()


held.acquire()
quiet = [threading.Thread(target=f, name=f.__name__) for f in (sleep, lock)]
for thread in quiet:
    thread.start()
time.sleep(0.1)
end[0] = time.time() + 1
loud = [threading.Thread(target=f, name=n) for n, f in (("busy-1", busy), ("busy-2", busy), ("collect", collect))]
for thread in loud:
    thread.start()
for thread in loud:
    thread.join()
held.release()
for thread in quiet:
    thread.join()
