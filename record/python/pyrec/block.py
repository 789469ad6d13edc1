"""profile(): a block or a function, and a short report of it on stderr."""

import functools
import inspect
import sys
from types import TracebackType
from typing import IO, Any, Callable, Dict, Optional, Type, TypeVar, Union, overload

from .profiler import Profiler

_Function = TypeVar("_Function", bound=Callable[..., Any])


class Block:
    """What profile() gives: a context manager, or a decorator."""

    def __init__(self, file: Optional[IO[str]], options: Dict[str, Any], what: Optional[str] = None) -> None:
        self._file = file
        self._options = options
        self._what = what
        self._profiler = Profiler(**options)

    def __call__(self, function: _Function) -> _Function:
        """A function that does the same and is profiled."""
        what = _describe(function)
        wrapper: Any

        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def wrapper(*args: Any, **kwargs: Any) -> Any:
                __tracebackhide__ = True
                with Block(self._file, self._options, what):
                    return await function(*args, **kwargs)

        else:

            @functools.wraps(function)
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                __tracebackhide__ = True
                with Block(self._file, self._options, what):
                    return function(*args, **kwargs)

        return wrapper  # type: ignore[no-any-return]

    def __enter__(self) -> Profiler:
        __tracebackhide__ = True
        if self._what is None:
            frame = sys._getframe(1)
            self._what = "block (%s:%d)" % (frame.f_code.co_filename, frame.f_lineno)
        self._profiler.reset()
        self._profiler.start()
        return self._profiler

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        value: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        if not self._profiler.is_running:
            return
        session = self._profiler.stop()
        file = sys.stderr if self._file is None else self._file
        print("pyrec: %s took %.3f s, %d samples" % (self._what, session.duration, session.sample_count), file=file)
        if session.sample_count:
            session.print(file=file, short=True)
        file.flush()


def _describe(function: Callable[..., Any]) -> str:
    code = getattr(inspect.unwrap(function), "__code__", None)
    name = getattr(function, "__qualname__", repr(function))
    return "%s (%s:%d)" % (name, code.co_filename, code.co_firstlineno) if code else str(name)


@overload
def profile(function: _Function) -> _Function: ...


@overload
def profile(
    function: None = None,
    *,
    interval: float = 0.001,
    use_signal: bool = True,
    threads: str = "current",
    async_mode: str = "enabled",
    file: Optional[IO[str]] = None,
) -> Block: ...


def profile(
    function: Optional[_Function] = None, *, file: Optional[IO[str]] = None, **options: Any
) -> Union[Block, _Function]:
    """Profiles a block, or each call of a function, and prints a short report.

        with profile():
            ...

        @profile
        def handle(): ...

        @profile(interval=0.0001, file=sys.stdout)
        async def fetch(): ...

    interval, use_signal, threads, async_mode: Profiler's.  file: where the report goes; stderr at that time if None.
    A call of the function within another one is part of the outer one's report and has one of its own too.
    """
    block = Block(file, options)
    return block if function is None else block(function)
