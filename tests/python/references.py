"""Reference counts, under a debug build of CPython, whose memory the sampler does not know: the Python objects that the
setprofile engine, the reports and the sessions hold are let go."""
import gc
import sys
import unittest

import pyrec
from programs import nap, spin


def use():
    """All that a profiler can do."""
    for use_signal in (True, False):
        profiler = pyrec.Profiler(use_signal=use_signal, threads="all")
        for function in (spin, nap):
            with profiler:
                function(0.01)
        profiler.output_text()
        profiler.output_html()
        profiler.output_collapsed()
        profiler.root_frame()
        profiler.reset()
        with pyrec.Profiler(use_signal=use_signal):
            spin(0.005)


def refuse():
    """Errors on the way."""
    try:
        pyrec._engine.tree(b"nothing")
    except ValueError:
        pass
    try:
        pyrec._engine.cut((b"", 0, 0, 0))
    except TypeError:
        pass


class References(unittest.TestCase):
    def count(self, function, times):
        gc.collect()
        before = sys.gettotalrefcount()
        for _ in range(times):
            function()
        gc.collect()
        return sys.gettotalrefcount() - before

    def test_balanced(self):
        for function in (use, refuse):
            with self.subTest(function.__name__):
                function()
                function()
                # What the interpreter itself caches comes and goes; a leak of ours would be one reference a round.
                self.assertLess(min(self.count(function, 10) for _ in range(3)), 10)


if __name__ == "__main__":
    unittest.main()
