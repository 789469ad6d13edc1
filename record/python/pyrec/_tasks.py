"""When the tasks of an event loop run, and where they wait.

A profiler started in a task is of that task and of those begun from it.  The loop's thread runs other tasks too, and waits
for all of them together; so while such a profiler runs, the loop's steps of these tasks are noted: when each began and
ended, and the chain of `await`s at which the task then stood.  From that, cut() (record/python/engine/cut.h) takes the
samples of the steps, and gives the time in between to the await that was reached last.

Tasks are known by their context (contextvars), which a task has from who began it.  asyncio runs every step through its
loop's call_soon, which is replaced, on that loop alone and as long as there is somebody to profile; trio has instruments
for it.  Loops that cannot be looked into (uvloop) are profiled as the threads they run in.
"""

import array
import asyncio
import contextvars
import functools
import os
import sys
import threading
import time
from collections import deque
from types import CodeType, FrameType
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from . import _engine


_FOREVER = 2**64 - 1

_Moment = Tuple[int, int]


def _now() -> _Moment:
    """The time and the calling thread's CPU clock, ns."""
    return _engine.clock(), time.thread_time_ns()


class Steps:
    """The steps of one profiler's tasks, from now on; begins in the middle of one.  One thread runs them."""

    def __init__(self, strict: bool) -> None:
        self._active = True
        # When the step in hand began, by the time and by the thread's CPU clock; None between steps.
        self._entered: Optional[_Moment] = _now()
        self._tid = threading.get_native_id()
        self._spans = array.array("Q")
        self._nodes: "List[_engine._Wait]" = []
        self._ids: Dict[object, int] = {}
        self._prefix: Tuple[Optional[FrameType], int] = (None, 0)  # of the loop's frames: they stay where they are
        self._waiting: Dict[object, int] = {}  # tasks, and where they wait; who began to wait last comes last
        self._outside = self._mark(0, "", "<out-of-context>", 0) if strict else 0

    def enter(self, now: "_Moment") -> None:
        """A step begins."""
        self._entered = now

    def leave(self, task: object, coroutine: object, loop_frame: Optional[FrameType]) -> None:
        """A step ends, of a task or of a callback; `coroutine` is the task's, None if it does not go on.

        loop_frame: the innermost of the frames that run the steps.
        """
        if not self._active or self._entered is None:
            return
        left = _now()
        self._waiting.pop(task, None)
        if coroutine is not None:
            self._waiting[task] = self._wait_node(coroutine, loop_frame)
        node = self._outside or next(reversed(list(self._waiting.values())), 0)
        self._spans.extend((self._tid, *self._entered, *left, node))
        self._entered = None

    def elsewhere(self, enter: "_Moment", leave: "_Moment") -> None:
        """The calling thread, another one, ran a function for the task."""
        if self._active:
            self._spans.extend((threading.get_native_id(), *enter, *leave, 0))

    def end(self) -> None:
        """Nothing more is noted.  The step in hand lasts as long as the recording."""
        if self._entered is not None:
            self._spans.extend((self._tid, *self._entered, _FOREVER, _FOREVER, 0))
        self._active = False
        self._waiting.clear()
        self._prefix = (None, 0)

    def spans(self, by_cpu: bool) -> bytes:
        """As cut() takes them, sorted: by the time, or by the threads' CPU clocks."""
        numbers = iter(self._spans)
        ordered = sorted(
            (tid, enter_cpu, leave_cpu, node) if by_cpu else (tid, enter, leave, node)
            for tid, enter, enter_cpu, leave, leave_cpu, node in zip(*[numbers] * 6)
        )
        return array.array("Q", [number for span in ordered for number in span]).tobytes()

    def nodes(self) -> "List[_engine._Wait]":
        return self._nodes

    def _wait_node(self, coroutine: Any, loop_frame: Optional[FrameType]) -> int:
        """Where a coroutine stands: below the loop's frames, the chain of what it awaits, and a node for the await."""
        if loop_frame is None or loop_frame is not self._prefix[0]:
            self._prefix = (loop_frame, self._frames_node(loop_frame))
        node = self._prefix[1]
        code, line = None, 0
        for code, line in _awaits(coroutine):
            node = self._intern(node, code, line)
        return self._mark(node, code.co_filename, "[await]", line) if code is not None else node

    def _frames_node(self, frame: Optional[FrameType]) -> int:
        frames = []
        while frame is not None:
            frames.append((frame.f_code, frame.f_lineno or 0))
            frame = frame.f_back
        node = 0
        for code, line in reversed(frames):
            node = self._intern(node, code, line)
        return node

    def _intern(self, parent: int, code: CodeType, line: int) -> int:
        key = (parent, code, line)
        node = self._ids.get(key)
        if node is None:
            name = getattr(code, "co_qualname", code.co_name)
            hidden = int("__tracebackhide__" in code.co_varnames)
            texts = (_encode(code.co_filename), _encode(name))
            self._nodes.append((parent, *texts, code.co_firstlineno, hidden, line))
            node = self._ids[key] = len(self._nodes)
        return node

    def _mark(self, parent: int, file: str, name: str, line: int) -> int:
        """A node of no function's."""
        new = (parent, _encode(file), name.encode(), line, 0, line)
        node = self._ids.get(new)
        if node is None:
            self._nodes.append(new)
            node = self._ids[new] = len(self._nodes)
        return node


# Who profiles in this context.
_profiled: "contextvars.ContextVar[Tuple[Steps, ...]]" = contextvars.ContextVar("pyrec_profiled", default=())


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _awaits(awaitable: Any) -> Iterator[Tuple[CodeType, int]]:
    """Code and line of a coroutine that waits, and of all that it waits for in turn."""
    for _ in range(1000):
        for kind in ("cr", "gi", "ag"):
            frame = getattr(awaitable, kind + "_frame", None)
            if frame is not None:
                yield frame.f_code, frame.f_lineno or 0
                awaitable = getattr(awaitable, "gi_yieldfrom" if kind == "gi" else kind + "_await")
                break
        else:
            return


class _Step:
    """A callback of asyncio's that is a step of profiled tasks.  It runs in the context that it was scheduled in."""

    __slots__ = ("__self__", "_callback")

    def __init__(self, callback: Callable[..., Any]) -> None:
        self._callback = callback
        self.__self__ = getattr(callback, "__self__", None)  # the task; asyncio's messages look for it too

    def __call__(self, *args: Any) -> Any:
        __tracebackhide__ = True
        now = _now()
        for steps in _profiled.get():
            steps.enter(now)
        try:
            return self._callback(*args)
        finally:
            _leave_asyncio(self.__self__, sys._getframe(1))


def _leave_asyncio(task: object, loop_frame: Optional[FrameType]) -> None:
    coroutine = task.get_coro() if isinstance(task, asyncio.Task) and not task.done() else None
    for steps in _profiled.get():
        steps.leave(task if isinstance(task, asyncio.Task) else None, coroutine, loop_frame)


class _InThread:
    """A function that an executor runs for a task."""

    def __init__(self, function: Callable[..., Any], profiled: Tuple[Steps, ...]) -> None:
        self._function = function
        self._profiled = profiled

    def __call__(self, *args: Any) -> Any:
        __tracebackhide__ = True
        began = _now()
        try:
            return self._function(*args)
        finally:
            ended = _now()
            for steps in self._profiled:
                steps.elsewhere(began, ended)


def _noting(schedule: Callable[..., Any], position: int) -> Callable[..., Any]:
    """A call_soon that makes steps of the callbacks of profiled contexts; the callback is the argument at `position`."""

    @functools.wraps(schedule)
    def call(*args: Any, context: Optional[contextvars.Context] = None) -> Any:
        profiled = _profiled.get() if context is None else context.get(_profiled, ())
        if profiled and len(args) > position:
            args = (*args[:position], _Step(args[position]), *args[position + 1 :])
        return schedule(*args, context=context)

    return call


def _noting_executor(run: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(run)
    def run_in_executor(executor: Any, function: Callable[..., Any], *args: Any) -> Any:
        profiled = _profiled.get()
        return run(executor, _InThread(function, profiled) if profiled else function, *args)

    return run_in_executor


@functools.lru_cache(None)
def _note_anyio() -> None:
    """Has what anyio runs in threads for a profiled task seen there: Starlette's and FastAPI's plain functions.

    It has threads of its own, so its function is replaced, for good; without a profiler it does what it did.
    """
    to_thread: Any = sys.modules["anyio.to_thread"]
    run: Callable[..., Any] = to_thread.run_sync

    @functools.wraps(run)
    def run_sync(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        profiled = _profiled.get()
        return run(_InThread(function, profiled) if profiled else function, *args, **options)

    to_thread.run_sync = run_sync


class _Asyncio:
    """An event loop of asyncio's whose steps are noted."""

    def __init__(self, loop: Any) -> None:
        self.users = 0
        self._loop = loop
        self._ready = loop._ready
        replaced = {
            "call_soon": _noting(loop.call_soon, 0),
            "call_at": _noting(loop.call_at, 1),
            "run_in_executor": _noting_executor(loop.run_in_executor),
        }
        loop.__dict__.update(replaced)

    def begin(self, steps: Steps) -> None:
        """The step in hand ends where the loop takes its next callback: that is one that says so."""
        task = asyncio.current_task(self._loop)
        handle = asyncio.Handle(self._leave_first, (steps, task), self._loop)
        self._ready.appendleft(handle)

    @staticmethod
    def _leave_first(steps: Steps, task: "Optional[asyncio.Task[Any]]") -> None:
        coroutine = task.get_coro() if task is not None and not task.done() else None
        steps.leave(task, coroutine, sys._getframe(1))

    def end(self) -> None:
        for name in ("call_soon", "call_at", "run_in_executor"):
            self._loop.__dict__.pop(name, None)


class _Unseen:
    """A loop that cannot be looked into, as uvloop's: the step in hand lasts, unless stepped() says otherwise."""

    def __init__(self) -> None:
        self.users = 0

    def begin(self, steps: Steps) -> None:
        pass

    def end(self) -> None:
        pass


class _Stepped:
    """Awaits a coroutine and notes its steps, as the loop would."""

    def __init__(self, coroutine: Any) -> None:
        self._coroutine = coroutine

    def __await__(self) -> Any:
        __tracebackhide__ = True
        iterator = self._coroutine.__await__()
        resume: Callable[[], Any] = functools.partial(iterator.send, None)
        while True:
            try:
                yielded = resume()
            except StopIteration as stop:
                return stop.value
            caller = sys._getframe(1)
            for steps in _profiled.get():
                steps.leave(self, self._coroutine, caller)
            try:
                resume = functools.partial(iterator.send, (yield yielded))
            except GeneratorExit:
                iterator.close()
                raise
            except BaseException as error:
                resume = functools.partial(iterator.throw, error)
            now = _now()
            for steps in _profiled.get():
                steps.enter(now)


def stepped(coroutine: Any) -> Any:
    """The same to await; where the loop's steps cannot be noted, this one's are: a middleware's request, say."""
    noted = _noted.get(asyncio._get_running_loop())
    return _Stepped(coroutine) if isinstance(noted, _Unseen) else coroutine


class _Trio:
    """A run of trio's whose steps are noted."""

    def __init__(self, trio: Any) -> None:
        self.users = 0
        self._trio = trio

        class Instrument(trio.abc.Instrument):  # type: ignore[misc]
            def before_task_step(self, task: Any) -> None:
                now = _now()
                for steps in task.context.get(_profiled, ()):
                    steps.enter(now)

            def after_task_step(self, task: Any) -> None:
                coroutine = task.coro if task.coro.cr_frame is not None else None
                caller = sys._getframe(1).f_back  # of what calls the instruments: trio's loop
                for steps in task.context.get(_profiled, ()):
                    steps.leave(task, coroutine, caller)

        self._instrument = Instrument()
        trio.lowlevel.add_instrument(self._instrument)

    def begin(self, steps: Steps) -> None:
        pass

    def end(self) -> None:
        self._trio.lowlevel.remove_instrument(self._instrument)


_lock = threading.Lock()
_noted: Dict[object, Any] = {}  # loops by asyncio's loop or trio's runner, as long as somebody profiles there


def _current() -> Tuple[Optional[object], Callable[[], Any]]:
    """What runs the calling task, and how to have its steps noted; None outside of a task."""
    loop = asyncio._get_running_loop()
    if loop is not None:
        return loop, lambda: _Asyncio(loop) if isinstance(getattr(loop, "_ready", None), deque) else _Unseen()
    trio = sys.modules.get("trio")
    if trio is None:
        return None, lambda: None
    try:
        return trio.lowlevel.current_root_task(), lambda: _Trio(trio)
    except RuntimeError:
        return None, lambda: None


class Following:
    """What notes the steps of the calling task and of those that it begins, until end()."""

    def __init__(self, strict: bool, key: object, make: Callable[[], Any]) -> None:
        self._key = key
        with _lock:
            if key not in _noted:
                _noted[key] = make()
            self._noted = _noted[key]
            self._noted.users += 1
        if "anyio.to_thread" in sys.modules:
            _note_anyio()
        self.steps = Steps(strict)
        _profiled.set((*_profiled.get(), self.steps))
        self._noted.begin(self.steps)

    def end(self) -> None:
        self.steps.end()
        _profiled.set(tuple(steps for steps in _profiled.get() if steps is not self.steps))
        with _lock:
            self._noted.users -= 1
            if self._noted.users == 0:
                self._noted.end()
                del _noted[self._key]


def follow(async_mode: str) -> Optional[Following]:
    """Follows the calling task; None where there is none, and where nobody wants it."""
    if async_mode == "disabled":
        return None
    key, make = _current()
    return None if key is None else Following(async_mode == "strict", key, make)


def _forget() -> None:
    """In a forked child, where no loop goes on."""
    global _lock
    _lock = threading.Lock()
    for noted in _noted.values():
        noted.end()
    _noted.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
