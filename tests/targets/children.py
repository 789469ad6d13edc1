"""children.py WAY: spins in spin_parent, and in spin_WAY in a child process made that way."""
import multiprocessing
import os
import subprocess
import sys

from spin import spin

HERE = os.path.dirname(os.path.abspath(__file__))
CODE = "import sys; sys.path.insert(0, {!r}); from spin import spin; spin({!r})"


def run_fork():
    pid = os.fork()
    if pid == 0:
        spin("spin_fork")
        os._exit(5)
    os.waitpid(pid, 0)


def run_exec():
    pid = os.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-c", CODE.format(HERE, "spin_exec")])
    os.waitpid(pid, 0)


def run_become():
    os.execv(sys.executable, [sys.executable, "-c", CODE.format(HERE, "spin_become")])


def run_subprocess():
    subprocess.check_call([sys.executable, "-c", CODE.format(HERE, "spin_subprocess")])


def run_emptyenv():
    subprocess.check_call([sys.executable, "-c", CODE.format(HERE, "spin_emptyenv")], env={})


def run_shell():
    subprocess.check_call(["sh", "-c", '"$0" -c "$1"; exit 0', sys.executable, CODE.format(HERE, "spin_shell")])


def run_multiprocessing(way):
    process = multiprocessing.get_context(way).Process(target=spin, args=("spin_" + way,))
    process.start()
    process.join()
    assert process.exitcode == 0


def main():
    way = sys.argv[1]
    spin("spin_parent")
    if way.startswith("mp_"):
        run_multiprocessing(way[3:])
    else:
        globals()["run_" + way]()


if __name__ == "__main__":
    main()
