"""Which stacks of a program in programs/ can have been.

The program's file says it itself: a frame can be called from a line only if that line calls it.  A line calls what
it names before an opening parenthesis, and what a comment `# -> name name` at its end adds, for calls that it makes
under another name.  Numbers at the end of names, and {i} in templates, do not count here; the program's own rule, its
function legal, gets the stack as (name, number or None) and says what else must hold.

Frames of other files are library code: allowed below the program's frames, and above them if the line calls them.
"""
import importlib.util
import os
import re
import sys

ROOTS = ("main", "enter")
OK, OUTSIDE, NAMES, LINES = "ok", "outside", "names", "lines"  # verdicts
CALL = re.compile(r"(\w+)\s*\(")
DEFINITION = re.compile(r"( *)(?:async )?def (\w+)")
CLASS = re.compile(r" *class (\w+)")
NUMBERED = re.compile(r"(.*?[^0-9])([0-9]+)$")


def plain(name):
    """Last part of a qualified name, and its number: ("a", 3) for "f.<locals>.a3"."""
    name = name.rsplit(".", 1)[-1]
    match = NUMBERED.match(name)
    return (match[1], int(match[2])) if match else (name, None)


class Program:
    """The file of a program, as far as it says what is legal."""

    def __init__(self, path):
        self.path = path
        self.file = os.path.basename(path)
        self.calls = {}  # line: names it calls
        self.lines = {}  # name: lines of the function
        self.bodies = {"<module>"}  # and of its classes, which run when the file or a template is executed
        with open(path) as file:
            self._read(file.read().replace("{i}", "").splitlines())
        self.rule = load(path).legal

    def _read(self, lines):
        name, indent, decorators = None, 0, []
        for number, line in enumerate(lines, 1):
            code, _, called = line.partition("# ->")
            self.calls[number] = set(CALL.findall(code)) | set(called.split())
            definition = DEFINITION.match(line)
            if line.lstrip().startswith("@"):
                decorators.append(number)
            elif CLASS.match(line):
                self.bodies.add(CLASS.match(line)[1])
                name = None
            elif definition:
                indent, name = len(definition[1]), definition[2]
                self.lines.setdefault(name, []).extend(decorators + [number])
                decorators = []
            elif line.strip() and len(line) - len(line.lstrip()) <= indent:
                name = None
            elif name:
                self.lines[name].append(number)

    def _calls(self, caller, line, callee):
        return line in self.lines.get(caller, ()) and callee in self.calls[line]

    def _calls_anywhere(self, caller, callee):
        return any(callee in self.calls[line] for line in self.lines.get(caller, ()))

    def verdict(self, frames):
        """OK, OUTSIDE (the program's functions do not run yet), NAMES (impossible), LINES (by its lines).

        `frames` are (file, name, line), the outermost first.
        """
        own = [os.path.basename(file) == self.file for file, _, _ in frames]
        stack = [(*plain(name), line) for _, name, line in frames]
        roots = [at for at, (name, _, _) in enumerate(stack) if own[at] and name in ROOTS]
        before = stack[:roots[0]] if roots else stack
        if any(own[at] and name not in self.bodies for at, (name, _, _) in enumerate(before)):
            return NAMES
        if not roots:
            return OUTSIDE
        return self._verdict(stack[roots[0]:], own[roots[0]:])

    def _verdict(self, stack, own):
        right_lines = True
        for at, ((caller, _, line), (callee, _, _)) in enumerate(zip(stack, stack[1:])):
            if not own[at] or callee in self.bodies:
                if own[at + 1] and callee not in self.bodies:
                    return NAMES
                continue
            if not self._calls_anywhere(caller, callee):
                return NAMES
            right_lines = right_lines and self._calls(caller, line, callee)
        if not self.rule([(name, number) for name, number, _ in stack]):
            return NAMES
        leaf, _, line = stack[-1]
        right_lines = right_lines and (not own[-1] or leaf in self.bodies or line in self.lines.get(leaf, ()))
        return OK if right_lines else LINES


def load(path):
    """The module in the file, without running its main."""
    sys.path.insert(0, os.path.dirname(path))
    try:
        specification = importlib.util.spec_from_file_location(os.path.basename(path)[:-3], path)
        module = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(module)
        return module
    finally:
        sys.path.pop(0)
