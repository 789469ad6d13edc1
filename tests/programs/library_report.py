"""A real program of some seconds: reads the standard library's sources in threads, compresses them in a child process.

The demonstration records it; the tests do too.
"""
import ast
import collections
import glob
import hashlib
import multiprocessing
import os
import re
import sys
import tokenize
import threading
import time
import zlib

WORD = re.compile(r"[A-Za-z_][A-Za-z_0-9]+")


def sources(limit):
    folder = os.path.dirname(os.__file__)
    return sorted(glob.glob(os.path.join(folder, "*.py")))[:limit]


def read(path):
    with tokenize.open(path) as file:
        return file.read()


def count_words(paths, totals):
    for path in paths:
        totals.update(WORD.findall(read(path)))


class Depth(ast.NodeVisitor):
    """The deepest nesting of a module."""

    def __init__(self):
        self.depth = self.deepest = 0

    def generic_visit(self, node):
        self.depth += 1
        self.deepest = max(self.deepest, self.depth)
        super().generic_visit(node)
        self.depth -= 1


def measure_depth(paths, depths):
    for path in paths:
        visitor = Depth()
        visitor.visit(ast.parse(read(path)))
        depths[path] = visitor.deepest


def compress(paths, results):
    for path in paths:
        data = read(path).encode()
        results.put((len(data), len(zlib.compress(data, 9)), hashlib.sha256(data).hexdigest()))
    results.put(None)


def compress_in_child(paths):
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    child = context.Process(target=compress, args=(paths, results), name="compressor")
    child.start()
    sizes = list(iter(results.get, None))
    child.join()
    return sum(before for before, _, _ in sizes), sum(after for _, after, _ in sizes)


def main(limit):
    paths = sources(limit)
    totals, depths = collections.Counter(), {}
    threads = [
        threading.Thread(target=count_words, args=(paths, totals), name="words"),
        threading.Thread(target=measure_depth, args=(paths, depths), name="depths"),
    ]
    for thread in threads:
        thread.start()
    before, after = compress_in_child(paths)
    for thread in threads:
        thread.join()
    time.sleep(0.1)
    word, times = totals.most_common(1)[0]
    print(f"{len(paths)} files, {before} bytes, {after} compressed")
    print(f"most frequent word: {word!r}, {times} times; deepest nesting: {max(depths.values())}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 150)
