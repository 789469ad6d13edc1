"""orphan.py FILE: ends at once, and leaves a process that spins on in spin_orphan and then writes its exit to FILE."""
import os
import sys

from spin import spin

reading, writing = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() != 0:
        os._exit(0)
    spin("spin_orphan", 0.1)
    os.write(writing, b"x")
    spin("spin_orphan", 0.5)
    with open(sys.argv[1], "w") as file:
        file.write("done\n")
    os._exit(4)
os.read(reading, 1)
