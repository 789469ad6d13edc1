"""Impossible stacks and wrong names: what each profiler reports of programs whose legal stacks are known."""
import collections
import pathlib

import legality

PROGRAMS = pathlib.Path(__file__).resolve().parent / "programs"
NAMES = ("short", "chains", "deep", "generators", "coroutines", "codes", "exceptions", "callbacks", "inlined",
         "comers")


class Verdicts:
    """Samples of one recording by verdict, and the stacks that could not have been."""

    def __init__(self, program, recording):
        self.count = collections.Counter()
        self.impossible = collections.Counter()
        for stack in recording.stacks():
            verdict = program.verdict(stack.frames)
            self.count[verdict] += stack.count
            if verdict in (legality.NAMES, legality.LINES):
                text = ";".join(f"{frame.name}:{frame.line}" for frame in stack.frames)
                self.impossible[text] += stack.count

    def judged(self):
        return sum(self.count.values()) - self.count[legality.OUTSIDE]


def program_of(name):
    return legality.Program(str(PROGRAMS / f"{name}.py"))


def judge(profiler, name, rate, seconds):
    """Records a program and judges its stacks: (Recording, Verdicts)."""
    program = program_of(name)
    recording = profiler.record(rate, [program.path, str(seconds)])
    return recording, Verdicts(program, recording)
