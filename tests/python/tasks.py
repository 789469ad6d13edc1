"""Where the time of async programs goes: known sleeping and computing, in tasks of one's own and in strangers'."""
import asyncio
import threading
import unittest

import pyrec
from programs import find, names, nap, spin, total
from pyrec import Profiler


async def compute(seconds):
    spin(seconds)


async def worker(sleeps, computes):
    await asyncio.sleep(sleeps)
    await compute(computes)


async def stranger(ran):
    """Another task, that runs all the time and yields often."""
    while not ran.is_set():
        stranger_spin()
        await asyncio.sleep(0)


def stranger_spin():
    spin(0.005)


async def with_stranger(coroutine):
    """Runs a coroutine beside a stranger that was there before."""
    ran = asyncio.Event()
    other = asyncio.ensure_future(stranger(ran))
    await asyncio.sleep(0)
    try:
        return await coroutine
    finally:
        ran.set()
        await other


class Asyncio(unittest.TestCase):
    ENGINES = [{"use_signal": True}, {"use_signal": False}]

    def test_sleep_counts_under_the_await(self):
        """One task: 0.3 s of sleep, 0.1 s of computing, whatever others do meanwhile."""

        async def main():
            with Profiler() as profiler:
                await worker(0.3, 0.1)
            return profiler

        for alone in (True, False):
            with self.subTest(alone=alone):
                profiler = asyncio.run(main() if alone else with_stranger(main()))
                root = profiler.root_frame()
                self.assertNotIn("stranger_spin", names(root))
                self.assertGreater(find(find(root, "worker"), "[await]").time, 0.25)
                self.assertGreater(total(root, "compute"), 0.05)
                self.assertGreater(total(root, "sleep"), 2 * total(root, "compute"))
                self.assertAlmostEqual(root.time, profiler.last_session.duration, delta=0.01)

    def test_three_tasks(self):
        """Tasks that were begun from the one that profiles: each has its computing, and the waiting is somebody's."""

        async def first(seconds):
            await worker(0.05, seconds)

        async def second(seconds):
            await worker(0.05, seconds)

        async def third(seconds):
            await worker(0.05, seconds)

        async def main():
            with Profiler() as profiler:
                await asyncio.gather(first(0.1), second(0.2), third(0.4))
            return profiler

        profiler = asyncio.run(with_stranger(main()))
        root = profiler.root_frame()
        computed = [total(find(root, name), "compute") for name in ("first", "second", "third")]
        self.assertEqual(computed, sorted(computed))
        self.assertGreater(computed[2], 0.3)
        self.assertNotIn("stranger_spin", names(root))
        self.assertAlmostEqual(root.time, profiler.last_session.duration, delta=0.01)

    def test_fifty_at_once(self):
        """Each sees its own."""

        async def main(number):
            code = "async def task_%d():\n    await sleep(0.05)\n    spin(0.01)\n    await sleep(0.05)" % number
            scope = {"sleep": asyncio.sleep, "spin": spin}
            exec(code, scope)
            with Profiler() as profiler:
                await scope["task_%d" % number]()
            return profiler

        async def all_of_them():
            return await asyncio.gather(*(main(number) for number in range(50)))

        for number, profiler in enumerate(asyncio.run(all_of_them())):
            seen = {name for name in names(profiler.root_frame()) if name.startswith("task_")}
            self.assertEqual(seen, {"task_%d" % number})

    def test_executor(self):
        """What an executor runs for the task is seen in its thread, and awaited in the task."""

        async def main():
            with Profiler() as profiler:
                await asyncio.get_running_loop().run_in_executor(None, nap, 0.2)
            return profiler

        if Profiler().engine != "sampler":
            self.skipTest("the setprofile engine sees one thread")
        session = asyncio.run(main()).last_session
        self.assertEqual(len(session.threads()), 2)
        here, there = sorted(session.threads(), key=lambda thread: "nap" in names(thread))
        self.assertIn("[await]", names(here))
        self.assertNotIn("nap", names(here))
        self.assertIn("nap", names(there))

    def test_modes(self):
        """disabled: all that the thread does.  strict: what is not of the task is outside."""

        async def main(mode):
            with Profiler(async_mode=mode) as profiler:
                await worker(0.1, 0.1)
            return profiler.root_frame()

        seen = names(asyncio.run(with_stranger(main("disabled"))))
        self.assertIn("stranger_spin", seen)
        self.assertNotIn("[await]", seen)
        root = asyncio.run(with_stranger(main("strict")))
        self.assertIn("<out-of-context>", names(root))
        self.assertNotIn("stranger_spin", names(root))
        self.assertNotIn("[await]", names(root))

    def test_setprofile(self):
        async def main():
            with Profiler(use_signal=False) as profiler:
                await worker(0.2, 0.1)
            return profiler.root_frame()

        root = asyncio.run(with_stranger(main()))
        self.assertIn("[await]", names(root))
        self.assertIn("compute", names(root))
        self.assertNotIn("stranger_spin", names(root))

    def test_loop_is_put_back(self):
        async def main():
            loop = asyncio.get_running_loop()
            before = dict(vars(loop))
            with Profiler():
                await asyncio.sleep(0.01)
                self.assertIn("call_soon", vars(loop))
            return set(before) ^ set(vars(loop))

        self.assertEqual(asyncio.run(main()), set())

    def test_errors_and_cancelling_pass(self):
        async def main():
            with Profiler() as profiler:
                sleeping = asyncio.ensure_future(asyncio.sleep(10))
                await asyncio.sleep(0.01)
                sleeping.cancel()
                with self.assertRaises(asyncio.CancelledError):
                    await sleeping
                with self.assertRaises(asyncio.TimeoutError):
                    await asyncio.wait_for(asyncio.sleep(10), 0.02)
            return profiler

        self.assertIn("[await]", names(asyncio.run(main()).root_frame()))

    def test_stopped_elsewhere(self):
        """Another task stops it."""

        async def main():
            profiler = Profiler()
            profiler.start()

            async def stop():
                profiler.stop()

            await worker(0.1, 0.05)
            await asyncio.ensure_future(stop())
            return profiler

        root = asyncio.run(main()).root_frame()
        self.assertIn("[await]", names(root))
        self.assertIn("compute", names(root))

    def test_two_loops(self):
        results = []

        def run():
            async def main():
                with Profiler() as profiler:
                    await worker(0.1, 0.05)
                return profiler.root_frame()

            results.append(asyncio.run(main()))

        threads = [threading.Thread(target=run) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(results), 3)
        for root in results:
            self.assertLessEqual({"[await]", "compute"}, names(root))


class Decorated(unittest.TestCase):
    def test_profile_of_a_coroutine_function(self):
        import io

        out = io.StringIO()

        @pyrec.profile(file=out)
        async def work():
            await asyncio.sleep(0.1)

        asyncio.run(work())
        self.assertIn("[await]", out.getvalue())


class Trio(unittest.TestCase):
    def test_tasks(self):
        try:
            import trio
        except ImportError:
            self.skipTest("no trio here")

        async def trio_stranger():
            for _ in range(30):
                stranger_spin()
                await trio.sleep(0)

        async def main():
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio_stranger)
                with Profiler() as profiler:
                    await trio.sleep(0.3)
                    spin(0.1)
            return profiler.root_frame()

        root = trio.run(main)
        self.assertNotIn("stranger_spin", names(root))
        self.assertGreater(find(root, "[await]").time, total(root, "spin"))
        self.assertGreater(total(root, "spin"), 0.02)


if __name__ == "__main__":
    unittest.main()
