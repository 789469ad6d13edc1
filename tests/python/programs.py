"""What the tests of the package profile: known functions, and ways to spend time."""
import time


def spin(seconds):
    """Runs."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        sum(range(50))


def nap(seconds):
    """Sleeps."""
    time.sleep(seconds)


def names(frame):
    """All functions of a tree, by the last part of their name."""
    found = {frame.function.rpartition(".")[2]}
    for child in frame.children:
        found |= names(child)
    return found


def find(frame, name):
    """The first frame of that name, callers first; None."""
    if frame.function.rpartition(".")[2] == name:
        return frame
    for child in frame.children:
        found = find(child, name)
        if found is not None:
            return found
    return None


def total(frame, name):
    """Seconds below the outermost frames of that name."""
    if frame.function.rpartition(".")[2] == name:
        return frame.time
    return sum(total(child, name) for child in frame.children)
