"""Counts the stacks of tests/targets/kinds.py that cannot have been, in the output of agent_dump.

Prints "samples N impossible N missed N rounds N late N overflows N"; exits 1 if a stack was impossible or none seen.
"""
import re
import sys

CALLS = {"ab": 3, "bg": 5, "bc": 6, "br": 7, "gc": 12, "rr": 14, "rl": 14}  # caller's line while it calls
LINES = {"a": (2, 3), "b": (4, 7), "c": (8, 9), "g": (10, 12), "r": (13, 14), "l": (15, 16)}  # first, last
FRAME = re.compile(r"([abcgrl])(\d+):(-?\d+)$")


def possible(frames):
    """Whether the frames below main, outermost first, are one legal chain."""
    found = [FRAME.match(frame) for frame in frames]
    if not all(found):
        return False
    names = [(match[1], int(match[2]), int(match[3])) for match in found]
    if names[0][0] != "a" or len({kind for _, kind, _ in names}) != 1:
        return False
    for (caller, _, line), (callee, _, _) in zip(names, names[1:]):
        if CALLS.get(caller + callee) != line:
            return False
    leaf, _, line = names[-1]
    return LINES[leaf][0] <= line <= LINES[leaf][1]


def main(path):
    count = dict.fromkeys(("samples", "impossible", "missed", "rounds", "late", "overflows"), 0)
    with open(path) as lines:
        for line in lines:
            words = line.split()
            if words[0] == "missed":
                count["missed"] += 1
            elif words[0] == "end":
                count["overflows"] += int(words[3])
                count["late"] += int(words[4])
                count["rounds"] += int(words[5])
            elif words[0] == "sample" and len(words) > 5:
                frames = words[5].split(";")
                names = [frame.rsplit(":", 1)[0] for frame in frames]
                if names[:2] == ["<module>", "main"] and len(frames) > 2 and not names[2].startswith("<module>"):
                    count["samples"] += 1
                    if not possible(frames[2:]):
                        count["impossible"] += 1
                        print("impossible:", words[5], file=sys.stderr)
    print(*("%s %d" % item for item in count.items()))
    return 1 if count["impossible"] or not count["samples"] else 0


sys.exit(main(sys.argv[1]))
