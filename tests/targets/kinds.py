# Sixteen kinds of calls, generators and recursion that never mix: whatever a stack holds must be of one kind.
import sys
import time

KIND = """
def a{i}(n):
    return b{i}(n)
def b{i}(n):
    for x in g{i}(n):
        c{i}(x)
    return r{i}(n)
def c{i}(x):
    return x + {i}
def g{i}(n):
    for x in range(n):
        yield c{i}(x)
def r{i}(n):
    return l{i}(n) if n <= 0 else r{i}(n - 1)
def l{i}(n):
    return n
"""


def main(seconds):
    kinds, calls = {}, []
    for i in range(16):
        exec(compile(KIND.format(i=i), "kind%d" % i, "exec"), kinds)
        calls.append(kinds["a%d" % i])
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for call in calls:
            call(3)


main(float(sys.argv[1]))
