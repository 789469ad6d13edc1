# The main thread ends by pthread_exit while another goes on: the process has to end with the other.
import ctypes
import threading
import time


def outlive():
    end = time.thread_time() + 0.3
    while time.thread_time() < end:
        pass


threading.Thread(target=outlive).start()
ctypes.CDLL(None).pthread_exit(None)
