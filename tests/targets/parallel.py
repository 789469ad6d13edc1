# Threads that compute side by side for 0.3 s of CPU time each, in chains of short functions that never mix.
import threading
import time

SOURCE = """
def {0}_a(n):
    return {0}_b(n) + 1
def {0}_b(n):
    return sum({0}_c(i) for i in range(n))
def {0}_c(i):
    return i + 1
def {0}():
    while time.thread_time() < 0.3:
        for _ in range(100):
            {0}_a(5)
"""

threads = []
for name in "left", "right":
    exec(SOURCE.format(name))
    threads.append(threading.Thread(target=globals()[name], name=name))
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
