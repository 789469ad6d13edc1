"""The profilers that are compared: how each is run and what its report says.

Each is a class with the same methods.  A profiler that is not installed is left out (found); it runs programs of its
own interpreter (python).
"""
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import time

from recording import Frame, Recording, Stack, Thread

LIMIT = 300  # seconds that a run may take


class Profiler:
    name = None

    def __init__(self, python, build, scratch):
        self.python, self.build, self.scratch = python, build, scratch
        self.out = str(scratch / "profile")
        self.longest = None

    def found(self):
        return os.access(self.tool(), os.X_OK)

    def tool(self):
        return str(pathlib.Path(self.python).parent / self.name)

    def command(self, rate, program):
        raise NotImplementedError

    def threads(self, rate):
        """What the report in self.out says."""
        raise NotImplementedError

    def record(self, rate, program):
        """Runs a program of ours (a list: path and arguments) under the profiler."""
        if os.path.exists(self.out):
            os.unlink(self.out)
        output, command = run(self.command(rate, program))
        return Recording(self.threads(rate), account_in(output), command, self.longest)


class Nothing(Profiler):
    """The program alone: the base that others are compared with."""

    name = "nothing"

    def found(self):
        return True

    def command(self, rate, program):
        return [self.python, *program]

    def threads(self, rate):
        return []


class Pyrec(Profiler):
    name = "pyrec"

    def tool(self):
        return str(self.build / "pyrec")

    def command(self, rate, program):
        return [self.tool(), "-q", "-r", str(rate), "-o", self.out, "--", self.python, *program]

    def threads(self, rate):
        with open(self.out, "rb") as stream:
            listing = subprocess.run([str(self.build / "tests" / "stream_tracks")], stdin=stream, check=True,
                                     stdout=subprocess.PIPE)
        threads = {}
        for line in listing.stdout.decode(errors="replace").splitlines():
            kind, *fields = line.split("\t")
            if kind == "process":
                self.longest = int(fields[-1]) / 1e9
            elif kind == "thread":
                pid, tid, scheduled, _, missed, name = fields
                threads[pid, tid] = Thread(name, int(scheduled), int(missed))
            elif kind == "stack":
                pid, tid, count, weight, cpu, frames = fields
                stack = split_frames(frames, r"(.*):(.*):(-?\d+)$")
                stack = Stack(stack, int(count), int(weight) / 1e9, int(cpu) / 1e9)
                threads[pid, tid].stacks.append(stack)
        return list(threads.values())


class PyrecAttached(Pyrec):
    """The same, attached to the program when it has run for a while; the program ends it."""

    name = "pyrec-p"

    def command(self, rate, program):
        script = '"$@" & sleep 0.3; %s -q -r %d -o %s -p $! >&2; wait $!' % (self.tool(), rate, self.out)
        return ["sh", "-c", script, "sh", self.python, *program]

    def threads(self, rate):
        threads = super().threads(rate)
        self.longest = None  # weights do not add up to the life of a thread that began before
        return threads


class PySpy(Profiler):
    name = "py-spy"

    def command(self, rate, program):
        return [self.tool(), "record", "--threads", "--format", "raw", "--rate", str(rate), "--output", self.out,
                "--", self.python, *program]

    def threads(self, rate):
        threads = {}
        for frames, count in collapsed_lines(self.out):
            heading, _, rest = frames.partition(";")
            thread = threads.setdefault(heading, Thread(heading))
            found = [re.match(r"(.*) \((.*):(\d+)\)$", frame) for frame in rest.split(";")]
            thread.stacks.append(Stack([Frame(match[2], match[1], int(match[3])) for match in found if match], count))
        return list(threads.values())


class Austin(Profiler):
    name = "austin"

    def command(self, rate, program):
        return [self.tool(), "--interval", f"{1000000 // rate}us", "--output", self.out, self.python, *program]

    def threads(self, rate):
        """Each line is one sample; its number is microseconds."""
        threads = {}
        for frames, microseconds in collapsed_lines(self.out):
            process, thread_id, *rest = frames.split(";", 2)
            thread = threads.setdefault((process, thread_id), Thread(thread_id))
            stack = Stack(split_frames(rest[0] if rest else "", r"(.*):(.*):(\d+)$"), 1, microseconds / 1e6)
            thread.stacks.append(stack)
        return list(threads.values())


class Pyinstrument(Profiler):
    """Samples the thread it runs in, within it."""

    name = "pyinstrument"

    def command(self, rate, program):
        return [self.tool(), "-i", str(1 / rate), "-r", "pyisession", "-o", self.out, *program]

    def threads(self, rate):
        thread = Thread("MainThread")
        with open(self.out) as session:
            for frames, seconds in json.load(session)["frame_records"]:
                found = [self.frame(*re.split("[\0\1]", frame)) for frame in frames]
                thread.stacks.append(Stack([frame for frame in found if frame], 1, seconds))
        return [thread]

    @staticmethod
    def frame(name, file, first_line, *attributes):
        """Of the attributes, l is the line.  A thread and what it does itself look like frames without a line."""
        lines = [int(text[1:]) for text in attributes if text[:1] == "l"]
        return Frame(file, name, lines[0]) if lines else None


class Tachyon(Profiler):
    """profiling.sampling of the standard library from Python 3.15 on, for programs of that version."""

    name = "tachyon"

    def tool(self):
        return self.python

    def command(self, rate, program):
        return [self.python, "-m", "profiling.sampling", "run", "--all-threads", "-r", str(rate), "--collapsed",
                "-o", self.out, *program]

    def threads(self, rate):
        threads = {}
        for frames, count in collapsed_lines(self.out):
            thread_id, *rest = frames.split(";", 1)
            thread = threads.setdefault(thread_id, Thread(thread_id))
            thread.stacks.append(Stack(split_frames(rest[0] if rest else "", r"(.*):(.*):(\d+)$"), count))
        return list(threads.values())


def split_frames(text, pattern):
    """Frames of a collapsed stack; the pattern's groups are file, name and line.  What is no frame is left out."""
    found = [re.match(pattern, frame) for frame in text.split(";")] if text else []
    return [Frame(match[1], match[2], int(match[3])) for match in found if match]


def collapsed_lines(path):
    with open(path, errors="replace") as lines:
        for line in lines:
            stack, _, number = line.rstrip("\n").rpartition(" ")
            if stack and number.isdigit() and not line.startswith("#"):
                yield stack, int(number)


def run(command):
    """Output of a command that must succeed, and its wall and CPU seconds with those of its children."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT)
    took, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        message = done.stderr.decode(errors="replace").strip().rsplit("\n", 1)[-1]
        raise RuntimeError(f"'{command[0]}' ended with status {done.returncode}: {message}")
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.stdout.decode(errors="replace"), (took, used)


def account_in(output):
    """The program's own account: the last line that is one."""
    for line in reversed(output.splitlines()):
        if line.startswith("{"):
            return json.loads(line)
    raise RuntimeError("the program printed no account")


PEERS = (PySpy, Austin, Pyinstrument)


def all_profilers(python, tachyon, build, scratch):
    """Ours and the peers that are here; `tachyon` is an interpreter that has it, or None."""
    found = [each(python, build, scratch) for each in (Pyrec, PyrecAttached, *PEERS)]
    if tachyon:
        found.append(Tachyon(tachyon, build, scratch))
    return [profiler for profiler in found if profiler.found()]


def find_tachyon():
    """An interpreter with profiling.sampling: of PYREC_PYTHONS or the PATH."""
    candidates = os.environ.get("PYREC_PYTHONS", "").split(":") + [shutil.which("python3.15")]
    for python in filter(None, candidates):
        code = "import profiling.sampling"
        if subprocess.run([python, "-c", code], stderr=subprocess.DEVNULL).returncode == 0:
            return python
    return None
