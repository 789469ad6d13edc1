# Starts itself in the way that is named, with an environment of its own choosing; the child spins a little.
import ctypes
import os
import subprocess
import sys
import time

libc = ctypes.CDLL(None)
libc.popen.restype = ctypes.c_void_p
libc.pclose.argtypes = [ctypes.c_void_p]
here = os.path.abspath(__file__)
child = [sys.executable, here, "spin"]
line = "'%s' '%s' spin" % (sys.executable, here)


def spin():
    end = time.process_time() + 0.1
    while time.process_time() < end:
        pass
    print(len(os.environ))


def spawn(call, path):
    os.waitpid(call(path, child, {}), 0)


def in_child(call, *args):
    pid = os.fork()
    if pid == 0:
        call(*args)
    os.waitpid(pid, 0)


WAYS = {
    "spin": spin,
    "subprocess": lambda: subprocess.call(child, env={}),
    "system": lambda: os.system(line),
    "popen": lambda: libc.pclose(libc.popen(line.encode(), b"w")),
    "shell": lambda: subprocess.call("exec " + line, shell=True, env={"A": "b"}),
    "posix_spawn": lambda: spawn(os.posix_spawn, sys.executable),
    "posix_spawnp": lambda: spawn(os.posix_spawnp, sys.executable),
    "execv": lambda: in_child(os.execv, sys.executable, child),
    "execve": lambda: in_child(os.execve, sys.executable, child, {}),
    "fexecve": lambda: in_child(os.execve, os.open(sys.executable, os.O_RDONLY), child, {"A": "b"}),
    "execl": lambda: in_child(libc.execl, sys.executable.encode(), *[arg.encode() for arg in child], None),
    "execle": lambda: in_child(libc.execle, sys.executable.encode(), *[arg.encode() for arg in child], None, None),
    "env": lambda: in_child(os.execvp, "env", ["env", "-i"] + child),
}
WAYS[sys.argv[1]]()
