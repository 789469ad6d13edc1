"""The profiler."""

import os
from types import TracebackType
from typing import IO, List, Optional, Type, Union

from . import _engine, _sampling
from ._recording import Recording
from ._sampling import SamplerRecording
from ._setprofile import SetprofileRecording
from .errors import AlreadyRunning, NoSession, NotRunning, Unsupported
from .session import Frame, Session

# Recordings that nobody asked for keep their engine's memory; when there are more of them, they are written.
_UNWRITTEN = 4


class Profiler:
    """Samples the stacks of this process's threads from start() to stop().

        profiler = Profiler()
        profiler.start()
        ...
        profiler.stop()
        profiler.print()

    or `with Profiler() as profiler:`.  What is recorded after another start() is added, until reset().

    interval: seconds between samples.
    use_signal: True for the sampler, which reads stacks from a thread of its own, needs no signal and costs the program
        next to nothing; False for the setprofile engine, which sees a stack only when a function is called or returns,
        slows calls down, and favours functions that call much.  Where the sampler does not run (another system, an
        interpreter it does not know), True means False; `engine` tells.
    threads: "current", the one that calls start(), or "all".
    async_mode: "enabled", "disabled" or "strict", as pyinstrument has them.

    Profilers are independent: any number may run at once, in any threads, one inside the other.  One belongs to whom
    made it: two threads may not call the same one at once.  A profiler that still runs when the program ends, or
    when the last reference to it goes, is stopped and its samples are lost.  In a child by fork() no profiler runs.
    """

    def __init__(
        self,
        interval: float = 0.001,
        use_signal: bool = True,
        threads: str = "current",
        async_mode: str = "enabled",
    ) -> None:
        if not 1e-5 <= interval <= 60:
            raise ValueError("interval must be between 0.00001 and 60 seconds, not %r" % (interval,))
        if threads not in ("current", "all"):
            raise ValueError("threads must be 'current' or 'all', not %r" % (threads,))
        if async_mode not in ("enabled", "disabled", "strict"):
            raise ValueError("async_mode must be 'enabled', 'disabled' or 'strict', not %r" % (async_mode,))
        if _engine.interpreter() != 0:  # the sampler would see the threads of all, and blame the main one for them
            raise Unsupported("pyrec profiles the main interpreter only, not subinterpreters")
        self.interval = interval
        self.threads = threads
        self.async_mode = async_mode
        #: "sampler" or "setprofile".
        self.engine = "sampler" if use_signal and not _sampling.why_not() else "setprofile"
        self._recording: Optional[Recording] = None
        self._pid = 0  # of the process that started it last
        self._stopped: List[Recording] = []
        self._session: Optional[Session] = None

    @property
    def is_running(self) -> bool:
        """Whether it was started and not stopped, by this process."""
        return self._recording is not None and self._pid == os.getpid()

    def start(self) -> None:
        """Starts recording the calling thread, or all.  AlreadyRunning if that is done."""
        __tracebackhide__ = True
        if self.is_running:
            raise AlreadyRunning("the profiler is running already")
        if sum(not recording.written for recording in self._stopped) > _UNWRITTEN:
            for recording in self._stopped:
                recording.part()
        self._pid = os.getpid()
        engine = SamplerRecording if self.engine == "sampler" else SetprofileRecording
        self._recording = engine(round(self.interval * 1e9), self.threads, self.async_mode)

    def stop(self) -> Session:
        """Ends the recording and returns the session; NotRunning if there is nothing to end."""
        __tracebackhide__ = True
        if self._recording is None:
            raise NotRunning("the profiler is not running")
        if self._pid != os.getpid():
            raise NotRunning("the profiler runs in the parent process: a fork does not take it along")
        self._recording.stop()
        self._stopped.append(self._recording)
        self._recording = None
        self._session = Session(self._stopped)
        return self._session

    def reset(self) -> None:
        """Forgets what was recorded, and stops a profiler that runs."""
        if self.is_running:
            self.stop()
        self._recording = None
        self._stopped = []
        self._session = None

    def __enter__(self) -> "Profiler":
        __tracebackhide__ = True
        self.start()
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        value: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        if self.is_running:
            self.stop()

    @property
    def last_session(self) -> Optional[Session]:
        """What was recorded since the first start() or the last reset(), as of the last stop(); None before."""
        return self._session

    def _recorded(self) -> Session:
        if self._session is None:
            state = "is running: stop it first" if self.is_running else "has recorded nothing"
            raise NoSession("the profiler " + state)
        return self._session

    def root_frame(self) -> Optional[Frame]:
        """Session.root_frame() of the last session; like all below, NoSession if there is none."""
        return self._recorded().root_frame()

    def output_text(
        self,
        unicode: Optional[bool] = None,
        color: Optional[bool] = None,
        show_all: bool = False,
        timeline: bool = False,
        flat: bool = False,
        time: str = "seconds",
        short: bool = False,
    ) -> str:
        """Session.output_text() of the last session."""
        return self._recorded().output_text(unicode, color, show_all, timeline, flat, time, short)

    def output_html(self) -> str:
        """Session.output_html() of the last session."""
        return self._recorded().output_html()

    def output_collapsed(self) -> str:
        """Session.output_collapsed() of the last session."""
        return self._recorded().output_collapsed()

    def write_html(self, path: "Union[str, os.PathLike[str]]") -> None:
        """Session.write_html() of the last session."""
        self._recorded().write_html(path)

    def open_in_browser(self) -> str:
        """Session.open_in_browser() of the last session."""
        return self._recorded().open_in_browser()

    def save(self, path: "Union[str, os.PathLike[str]]") -> None:
        """Session.save() of the last session."""
        self._recorded().save(path)

    def print(
        self,
        file: Optional[IO[str]] = None,
        unicode: Optional[bool] = None,
        color: Optional[bool] = None,
        show_all: bool = False,
        timeline: bool = False,
        flat: bool = False,
        time: str = "seconds",
        short: bool = False,
    ) -> None:
        """Session.print() of the last session."""
        self._recorded().print(file, unicode, color, show_all, timeline, flat, time, short)
