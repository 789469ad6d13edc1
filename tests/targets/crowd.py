# Threads that come and go, one that stays, one that sleeps, one that computes without the GIL; each does one thing only.
import hashlib
import threading
import time

end = time.monotonic() + 1


def stay():
    while time.monotonic() < end:
        pass


def doze():
    while time.monotonic() < end:
        time.sleep(0.01)


def digest():
    data = bytes(1 << 20)
    while time.monotonic() < end:
        hashlib.sha256(data).digest()


def pass_by():
    sum(range(1000))


lasting = [threading.Thread(target=f, name="the one to " + f.__name__) for f in (stay, doze, digest)]
for thread in lasting:
    thread.start()
while time.monotonic() < end:
    passing = [threading.Thread(target=pass_by) for _ in range(10)]
    for thread in passing:
        thread.start()
    for thread in passing:
        thread.join()
for thread in lasting:
    thread.join()
