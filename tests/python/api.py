"""The API of the package: one unittest, run by python_api.bats under each interpreter."""
import gc
import io
import os
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import unittest
import warnings

import pyrec
from programs import find, names, nap, spin, total
from pyrec import Profiler

ENGINES = [{"use_signal": use_signal} for use_signal in (True, False)]


def tool(name, *arguments):
    """stdout of one of the tools, as bytes."""
    return subprocess.run([name, *arguments], check=True, stdout=subprocess.PIPE).stdout


def until(condition):
    """Waits until it is true; whether it became so within ten seconds."""
    for _ in range(1000):
        if condition():
            return True
        time.sleep(0.01)
    return False


class Recording(unittest.TestCase):
    """What is recorded."""

    def test_where_the_time_goes(self):
        for engine in ENGINES:
            with self.subTest(engine):
                profiler = Profiler(**engine)
                profiler.start()
                spin(0.1)
                nap(0.2)
                session = profiler.stop()
                root = profiler.root_frame()
                self.assertIs(session, profiler.last_session)
                self.assertGreater(total(root, "nap"), total(root, "spin"))
                self.assertGreater(total(root, "spin"), 0.05)
                self.assertLess(root.time, session.duration + 0.001)
                self.assertGreater(root.time, 0.25)
                self.assertAlmostEqual(root.time, self.sum_of_self_times(root), places=6)
                self.assertEqual(find(root, "nap").file_path, nap.__code__.co_filename)
                self.assertEqual(find(root, "nap").line_no, nap.__code__.co_firstlineno)
                self.assertLess(abs(session.start_time + session.duration - time.time()), 60)

    def sum_of_self_times(self, frame):
        return frame.self_time + sum(self.sum_of_self_times(child) for child in frame.children)

    def test_engines_are_what_was_asked_for(self):
        why_not = pyrec._sampling.why_not()
        first = "setprofile" if why_not.startswith("the runtime publishes another layout") else "sampler"
        self.assertEqual([Profiler(**engine).engine for engine in ENGINES], [first, "setprofile"], why_not)

    def test_current_thread_only(self):
        for engine in ENGINES:
            with self.subTest(engine):
                other = threading.Thread(target=spin, args=(0.3,))
                with Profiler(**engine) as profiler:
                    other.start()
                    nap(0.1)
                    other.join()
                self.assertIn("nap", names(profiler.root_frame()))
                self.assertNotIn("spin", names(profiler.root_frame()))
                self.assertEqual(len(profiler.last_session.threads()), 1)

    def test_all_threads(self):
        for engine in ENGINES:
            with self.subTest(engine):
                old = threading.Thread(target=nap, args=(0.5,), name="old")
                new = threading.Thread(target=spin, args=(0.2,), name="new")
                old.start()
                with Profiler(threads="all", **engine) as profiler:
                    new.start()
                    new.join()
                    old.join()
                threads = {thread.function: thread for thread in profiler.last_session.threads()}
                self.assertIn("nap", names(threads["old"]))
                self.assertIn("spin", names(threads["new"]))
                self.assertEqual(profiler.root_frame().function, "[threads]")

    def test_nested_and_concurrent(self):
        """Each profiler sees its own time: the outer all, the inner its part, the others their threads."""
        for engine in ENGINES:
            with self.subTest(engine):
                results = {}

                def profile_nap(key):
                    with Profiler(**engine) as mine:
                        nap(0.2)
                    results[key] = mine.root_frame()

                threads = [threading.Thread(target=profile_nap, args=(i,)) for i in range(4)]
                with Profiler(**engine) as outer:
                    for thread in threads:
                        thread.start()
                    spin(0.1)
                    with Profiler(interval=0.002, **engine) as inner:
                        with Profiler(**engine) as innermost:
                            nap(0.1)
                    for thread in threads:
                        thread.join()
                self.assertEqual(len(results), 4)
                for root in results.values():
                    self.assertIn("nap", names(root))
                    self.assertNotIn("spin", names(root))
                    self.assertLess(root.time, outer.last_session.duration)
                for profiler in (inner, innermost):
                    self.assertNotIn("spin", names(profiler.root_frame()))
                    self.assertIn("nap", names(profiler.root_frame()))
                self.assertLessEqual({"spin", "nap"}, names(outer.root_frame()))

    def test_started_again(self):
        """The second part is added; reset() forgets."""
        for engine in ENGINES:
            with self.subTest(engine):
                profiler = Profiler(**engine)
                for function in (nap, spin):
                    with profiler:
                        function(0.1)
                    time.sleep(0.2)
                root = profiler.root_frame()
                self.assertLessEqual({"nap", "spin"}, names(root))
                self.assertLess(root.time, profiler.last_session.duration + 0.001)
                self.assertEqual(len(profiler.last_session.threads()), 1)
                profiler.reset()
                self.assertIsNone(profiler.last_session)
                with profiler:
                    nap(0.1)
                self.assertNotIn("spin", names(profiler.root_frame()))

    def test_many_short_ones(self):
        """Nothing but their own time, none lost; engines come and go, and leave nothing behind."""
        with Profiler():
            pass
        self.assertTrue(until(lambda: os.listdir("/proc/self/task") == [str(os.getpid())]))
        before = sorted(os.listdir("/proc/self/fd"))
        profiler = Profiler(interval=0.0005)
        for _ in range(30):
            with profiler:
                nap(0.005)
        self.assertGreater(profiler.last_session.sample_count, 0)
        self.assertGreaterEqual(profiler.last_session.duration, 0.15)
        self.assertTrue(until(lambda: os.listdir("/proc/self/task") == [str(os.getpid())]))
        self.assertEqual(sorted(os.listdir("/proc/self/fd")), before)

    def test_no_child_and_no_file(self):
        before = sorted(os.listdir("/proc/self/fd"))
        with Profiler() as profiler:
            nap(0.1)
            self.assertEqual(sorted(os.listdir("/proc/self/fd")), before)
            with open("/proc/self/task/%d/children" % threading.get_native_id()) as children:
                self.assertEqual(children.read(), "")
        self.assertGreater(profiler.last_session.sample_count, 0)

    def test_exception_passes(self):
        for engine in ENGINES:
            with self.subTest(engine):
                profiler = Profiler(**engine)
                with self.assertRaisesRegex(KeyError, "mine"):
                    with profiler:
                        nap(0.1)
                        raise KeyError("mine")
                self.assertFalse(profiler.is_running)
                self.assertIn("nap", names(profiler.root_frame()))


class Reports(unittest.TestCase):
    """Reports are what the tools make of the saved stream."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.profiler = Profiler(threads="all")
        with cls.profiler:
            with cls.profiler_of_setprofile() as cls.other:
                spin(0.1)
                nap(0.1)

    @staticmethod
    def profiler_of_setprofile():
        return Profiler(use_signal=False)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_same_bytes_as_pyrender(self):
        for profiler in (self.profiler, self.other):
            path = os.path.join(self.folder.name, "run.prof")
            profiler.save(path)
            reports = {
                ("--text", "--unicode"): profiler.output_text(unicode=True),
                ("--text", "--no-unicode"): profiler.output_text(unicode=False, color=False),
                ("--text", "--unicode", "--color"): profiler.output_text(unicode=True, color=True),
                ("--text", "--no-unicode", "--show-all"): profiler.output_text(unicode=False, show_all=True),
                ("--text", "--unicode", "--percent"): profiler.output_text(unicode=True, time="percent_of_total"),
                ("--timeline", "--unicode"): profiler.output_text(unicode=True, timeline=True),
                ("--flat", "--no-unicode"): profiler.output_text(unicode=False, flat=True),
                ("--html",): profiler.output_html(),
                ("--collapsed",): profiler.output_collapsed(),
            }
            for options, report in reports.items():
                with self.subTest(options):
                    self.assertEqual(report.encode(), tool("pyrender", *options, path))

    def test_pymerge_reads_it(self):
        paths = [os.path.join(self.folder.name, name) for name in ("a.prof", "b.prof")]
        self.profiler.save(paths[0])
        self.other.save(paths[1])
        merged = os.path.join(self.folder.name, "merged.prof")
        tool("pymerge", "-o", merged, *paths)
        self.assertIn(b"spin", tool("pyrender", merged))

    def test_written(self):
        path = os.path.join(self.folder.name, "page.html")
        self.profiler.write_html(path)
        with open(path, encoding="utf-8", newline="") as file:
            self.assertEqual(file.read(), self.profiler.output_html())

    def test_print(self):
        out = io.StringIO()
        self.profiler.print(file=out, unicode=True, color=False)
        self.assertEqual(out.getvalue(), self.profiler.output_text(unicode=True))
        out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
        self.profiler.print(file=out)
        out.flush()
        self.assertEqual(out.buffer.getvalue().decode(), self.profiler.output_text(unicode=False))

    def test_short(self):
        text = self.profiler.output_text(unicode=True, short=True)
        self.assertTrue(self.profiler.output_text(unicode=True).endswith(text))
        self.assertNotIn("Sampling ", text)
        self.assertIn("spin", text)

    def test_locale_of_the_program(self):
        """Numbers have points whatever the program's locale is."""
        code = (
            "import locale, sys; sys.path.insert(0, %r)\n"
            "from programs import nap; from pyrec import Profiler\n"
            "try: locale.setlocale(locale.LC_ALL, 'de_DE.UTF-8')\n"
            "except locale.Error: sys.exit(3)\n"
            "with Profiler() as p: nap(0.1)\n"
            "text = p.output_text(); assert '0.0' in text and '0,0' not in text, text" % os.path.dirname(__file__)
        )
        status = subprocess.run([sys.executable, "-c", code], check=False).returncode
        if status == 3:
            self.skipTest("no German locale here")
        self.assertEqual(status, 0)

    def test_wrong_values(self):
        with self.assertRaisesRegex(ValueError, "time must be"):
            self.profiler.output_text(time="hours")


class Blocks(unittest.TestCase):
    """profile()"""

    def test_block(self):
        out = io.StringIO()
        with pyrec.profile(file=out):
            nap(0.1)
        self.assertRegex(out.getvalue(), r"^pyrec: block \(.*api\.py:\d+\) took 0\.\d+ s, \d+ samples\n")
        self.assertIn(" nap ", out.getvalue())

    def test_decorator(self):
        out = io.StringIO()

        @pyrec.profile(file=out)
        def work(seconds):
            """Works."""
            nap(seconds)
            return seconds

        self.assertEqual((work(0.1), work.__doc__), (0.1, "Works."))
        self.assertRegex(out.getvalue(), r"^pyrec: \S*work \(.*api\.py:\d+\) took ")
        self.assertNotIn("wrapper", out.getvalue())

    def test_bare_decorator(self):
        @pyrec.profile
        def work():
            nap(0.1)

        stderr, sys.stderr = sys.stderr, io.StringIO()
        try:
            work()
            text = sys.stderr.getvalue()
        finally:
            sys.stderr = stderr
        self.assertIn(" nap ", text)


class WrongUse(unittest.TestCase):
    """A named exception, or the evident thing."""

    def test_stop_without_start(self):
        with self.assertRaises(pyrec.NotRunning):
            Profiler().stop()

    def test_stop_twice(self):
        profiler = Profiler()
        with profiler:
            pass
        with self.assertRaises(pyrec.NotRunning):
            profiler.stop()

    def test_start_twice(self):
        with Profiler() as profiler:
            with self.assertRaises(pyrec.AlreadyRunning):
                profiler.start()
            self.assertTrue(profiler.is_running)

    def test_report_of_nothing(self):
        profiler = Profiler()
        for use in (profiler.output_text, profiler.output_html, profiler.root_frame, profiler.print):
            with self.assertRaises(pyrec.NoSession):
                use()
        with profiler:
            with self.assertRaisesRegex(pyrec.NoSession, "stop it first"):
                profiler.output_text()

    def test_no_time_at_all(self):
        for engine in ENGINES:
            with Profiler(**engine) as profiler:
                pass
            self.assertIn("Duration", profiler.output_text())
            self.assertTrue(profiler.output_html())

    def test_wrong_arguments(self):
        for options in ({"interval": 0}, {"interval": -1}, {"threads": "both"}, {"async_mode": "on"}):
            with self.assertRaises(ValueError):
                Profiler(**options)
        self.assertTrue(issubclass(pyrec.ProfilerError, RuntimeError))

    def test_fork(self):
        """A fork does not take the profiler along: the child says so, can profile itself, and the parent goes on."""
        for engine in ENGINES:
            with self.subTest(engine), Profiler(**engine) as profiler, warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # 3.12 on: fork of a process with threads
                pid = os.fork()
                if pid == 0:
                    status = 4
                    try:
                        status = self.in_child(profiler, engine)
                    except BaseException:
                        traceback.print_exc()
                    os._exit(status)
                nap(0.1)
                self.assertEqual(os.waitpid(pid, 0)[1], 0)
                self.assertTrue(profiler.is_running)
            self.assertIn("nap", names(profiler.root_frame()))

    @staticmethod
    def in_child(profiler, engine):
        try:
            profiler.stop()
        except pyrec.NotRunning:
            pass
        if profiler.is_running:
            return 1
        with Profiler(**engine) as own:
            nap(0.1)
        if "nap" not in names(own.root_frame()):
            return 2
        profiler.reset()
        with profiler:
            nap(0.1)
        return 0 if "nap" in names(profiler.root_frame()) else 3

    def test_left_running(self):
        """At the program's end nothing happens, and when the last reference goes, its engine ends."""
        for use_signal in (True, False):
            code = "from pyrec import Profiler; p = Profiler(use_signal=%s); p.start()" % use_signal
            result = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
            self.assertEqual((result.returncode, result.stdout, result.stderr), (0, b"", b""))
        profiler = Profiler()
        profiler.start()
        del profiler
        gc.collect()
        self.assertTrue(until(lambda: os.listdir("/proc/self/task") == [str(os.getpid())]))

    def test_subinterpreter(self):
        for name in ("_interpreters", "_xxsubinterpreters"):
            try:
                interpreters = __import__(name)
                break
            except ImportError:
                continue
        else:
            self.skipTest("no module to make subinterpreters with")
        code = (
            "import sys; sys.path[:] = %r\n"
            "try:\n    import pyrec; pyrec.Profiler().start()\n"
            "except (ImportError, RuntimeError) as error: print(type(error).__name__)\n"
            "else: print('started')" % sys.path
        )
        script = "import %s as i; i.run_string(i.create(), %r)" % (name, code)
        result = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
        self.assertIn(result.stdout.split(), ([b"Unsupported"], [b"ImportError"]))

    def test_other_profile_function(self):
        """setprofile: what was there comes back."""
        seen = []

        def watch(frame, event, argument):
            seen.append(event)

        sys.setprofile(watch)
        try:
            with Profiler(use_signal=False):
                nap(0.01)
            self.assertIs(sys.getprofile(), watch)
        finally:
            sys.setprofile(None)

    def test_nothing_is_left_of_setprofile(self):
        with Profiler(use_signal=False, threads="all"):
            nap(0.01)
        self.assertIsNone(sys.getprofile())
        self.assertIsNone(threading._profile_hook)


if __name__ == "__main__":
    unittest.main()
