"""What a profiler says of one run, in the same shape for every profiler."""
import collections

Frame = collections.namedtuple("Frame", "file name line")


class Stack:
    """Samples of one thread with one stack; `weight` and `cpu` are seconds, None where the profiler gives none."""

    def __init__(self, frames, count, weight=None, cpu=None):
        self.frames, self.count, self.weight, self.cpu = frames, count, weight, cpu

    def functions(self):
        return [frame.name.rsplit(".", 1)[-1] for frame in self.frames]


class Thread:
    """`scheduled` and `missed` are None where the profiler does not say."""

    def __init__(self, name, scheduled=None, missed=None):
        self.name, self.scheduled, self.missed, self.stacks = name, scheduled, missed, []

    def total(self, what, function=None):
        """Sum of "count", "weight" or "cpu", of all stacks or of those with the function in them."""
        return sum(getattr(stack, what) for stack in self.stacks
                   if function is None or function in stack.functions())


class Recording:
    """One run.

    command   (wall seconds, CPU seconds) of the profiler and the program together
    account   what the program measured of itself (programs/account.py)
    longest   the longest time, in seconds, that one sample had to stand for, if it is known
    weighted  whether the stacks have weights
    """

    def __init__(self, threads, account, command, longest=None):
        self.threads, self.account, self.command, self.longest = threads, account, command, longest
        self.weighted = all(stack.weight is not None for thread in threads for stack in thread.stacks)

    def stacks(self):
        return [stack for thread in self.threads for stack in thread.stacks]

    def samples(self, function):
        return sum(thread.total("count", function) for thread in self.threads)

    def self_share(self, among):
        """Share of each of the functions in what they have together as innermost frames; the samples of all."""
        sums, samples = collections.Counter(), 0
        for stack in self.stacks():
            name = stack.functions()[-1] if stack.frames else None
            if name in among:
                sums[name] += stack.weight if self.weighted else stack.count
                samples += stack.count
        return normalised(sums, among), samples

    def total_share(self, among):
        """The same for functions that contain the innermost frame; of those that call each other, the outermost."""
        sums, samples = collections.Counter(), 0
        for stack in self.stacks():
            name = next((name for name in stack.functions() if name in among), None)
            if name:
                sums[name] += stack.weight if self.weighted else stack.count
                samples += stack.count
        return normalised(sums, among), samples


def normalised(sums, among):
    total = sum(sums[name] for name in among)
    return {name: sums[name] / total if total else 0.0 for name in among}
