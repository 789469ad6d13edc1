# What a program can see of its process: environment, descriptors, signals, CPUs, and a fork's warnings.
import os
import signal
import sys
import warnings

names = ("LD_PRELOAD", "PYREC_AGENT")
print(sorted((name, value) for name, value in os.environ.items() if name in names))
print(sorted(int(fd) for fd in os.listdir("/proc/self/fd")))
print(signal.pthread_sigmask(signal.SIG_BLOCK, []), [signal.getsignal(n) for n in (1, 2, 10, 14, 15, 17, 27)])
print(sorted(os.sched_getaffinity(0)), os.nice(0))
sys.stdout.flush()
warnings.simplefilter("always")
child = os.fork()
if child == 0:
    os._exit(7)
print(os.waitpid(child, 0)[1] >> 8)
