# Two threads that each have an interpreter of its own, with its own GIL, compute for 0.3 s of CPU time (from 3.13 on).
import threading

CODE = """
import time
def outer(n):
    return inner(n)
def inner(n):
    return sum(i for i in range(n))
def compute():
    while time.thread_time() < 0.3:
        for _ in range(100):
            outer(20)
compute()
"""


def maker():
    """Makes an interpreter and returns what runs code in it."""
    try:
        from concurrent import interpreters
    except ImportError:
        import _interpreters
        interpreter = _interpreters.create()
        return lambda: _interpreters.run_string(interpreter, CODE)
    interpreter = interpreters.create()
    return lambda: interpreter.exec(CODE)


def work(run):
    run()


threads = [threading.Thread(target=work, args=(maker(),), name=f"worker {i}") for i in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
