"""Prints everything that a program can easily see of the place it runs in, to be compared with and without pyrec."""
import json
import os
import pickle
import resource
import signal
import sys
import threading


class Pickled:
    def __eq__(self, other):
        return isinstance(other, Pickled)


def handlers():
    return {int(s): str(signal.getsignal(s)) for s in signal.Signals if s not in (signal.SIGKILL, signal.SIGSTOP)}


def status_fields(*names):
    """Of /proc/self/status: signals blocked, ignored and caught as the kernel has them, and the like."""
    with open("/proc/self/status") as status:
        fields = {line.split(":")[0]: line.split(":")[1].strip() for line in status}
    # glibc catches signals 32 and 33 for itself as soon as there is a second thread.
    return {name: fields[name][-8:] if name.startswith("Sig") else fields[name] for name in names}


facts = {
    "argv": sys.argv,
    "path": sys.path,
    "name": __name__,
    "file": globals().get("__file__"),
    "executable": sys.executable,
    "flags": str(sys.flags),
    "environment": {name: value for name, value in os.environ.items() if name != "_"},  # a shell's: who was executed
    "pickled": pickle.loads(pickle.dumps(Pickled())) == Pickled() and Pickled.__module__,
    "stdin": sys.stdin.read(),
    "descriptors": sorted(os.listdir("/proc/self/fd")),
    "handlers": handlers(),
    "status": status_fields("SigBlk", "SigIgn", "SigCgt", "NoNewPrivs", "Umask", "Cpus_allowed"),
    "limits": {n: resource.getrlimit(getattr(resource, n)) for n in dir(resource) if n.startswith("RLIMIT_")},
    "group": os.getpgrp() == int(os.environ["TEST_GROUP"]),
    "threads": [t.name for t in threading.enumerate()],
    "directory": os.getcwd(),
    "nice": os.nice(0),
    "comm": open("/proc/self/comm").read(),
}
json.dump(facts, sys.stdout, indent=1, sort_keys=True, default=str)
print()
