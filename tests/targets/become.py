# A thread makes the process another program, after a try that fails.
import os
import sys
import threading
import time


def become():
    end = time.process_time() + 0.1
    while time.process_time() < end:
        pass
    try:
        os.execv("/nonexistent", ["nonexistent"])
    except OSError:
        pass
    if len(sys.argv) == 1:
        os.execv(sys.executable, [sys.executable, os.path.abspath(__file__), "again"])


thread = threading.Thread(target=become)
thread.start()
thread.join()
