"""Runs a program's main for the seconds on the command line and prints, as one line of JSON, what it truly took.

wall: seconds that main took; cpu: CPU seconds of its thread meanwhile; others: those of all other threads, which in a
program of one thread are a profiler's; process: CPU seconds of the whole process up to now.  What main returns is
added.
"""
import json
import resource
import sys
import time

wall = getattr(time, "perf_counter", time.time)


def cpu():
    """CPU seconds of the calling thread, as the kernel counts them."""
    if hasattr(time, "thread_time"):
        return time.thread_time()
    usage = resource.getrusage(1)  # RUSAGE_THREAD, which Python 2.7 does not name
    return usage.ru_utime + usage.ru_stime


def whole():
    """CPU seconds of the process."""
    if hasattr(time, "process_time"):
        return time.process_time()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def run(main):
    began, before, all_before = wall(), cpu(), whole()
    more = main(float(sys.argv[1]))
    took, used, all_used = wall() - began, cpu() - before, whole() - all_before
    account = {"wall": took, "cpu": used, "others": all_used - used, "process": whole()}
    account.update(more or {})
    print(json.dumps(account))
