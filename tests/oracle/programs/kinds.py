"""Functions of many kinds out of one template, and the rule that they never mix.

A template's text has {i} where the kind's number belongs.  Each kind is compiled as if it stood where the template
stands, so that the lines of its stacks are lines of the program's file.
"""
KINDS = 16


def make(template, path, number, names):
    """Compiles one kind into the namespace `names`; `path` is the program's file, which holds the template."""
    with open(path) as file:
        text = file.read()
    place(template, text[:text.index(template)].count("\n"), path, number, names)


def place(template, line, path, number, names):
    """The same, for who knows how many lines of the file are above the template."""
    exec(compile("\n" * line + template.replace("{i}", "%d" % number), path, "exec"), names)


def make_all(template, path, first, **names):
    """Kinds 0 to KINDS - 1, with `names` known to them; returns the functions `first`0 to `first`15."""
    for number in range(KINDS):
        make(template, path, number, names)
    return [names["%s%d" % (first, number)] for number in range(KINDS)]


def one_kind(stack):
    """Whether all functions with a number have the same; a stack is a list of (name, number or None)."""
    return len({number for _, number in stack if number is not None}) <= 1


def at_most(stack, name, limit):
    return sum(each == name for each, _ in stack) <= limit
