"""What the two engines have in common: a recording, and what becomes of it."""

import os
import threading
from typing import List, NamedTuple, Optional, Tuple

from . import _engine
from ._tasks import follow
from .errors import NotRunning


class Part(NamedTuple):
    """A recording that is over, as a stream."""

    stream: bytes
    begin: int  # ns of _engine.clock(), as `end`
    end: int


class Recording:
    """What one profiler records from its start to its stop; begins when it is made, in the calling thread."""

    def __init__(self, period: int, threads: str, async_mode: str) -> None:
        self._pid = os.getpid()
        self._part: Optional[Part] = None
        self._tid = threading.get_native_id() if threads == "current" else 0
        self._start(period)
        self._following = follow(async_mode) if self._tid else None
        if self._following is not None:
            self._log()
        self.begin = _engine.clock()  # ns, as `end`
        self.end: Optional[int] = None

    def stop(self) -> None:
        """To be called once, by the process that began."""
        self.end = _engine.clock()
        if self._following is not None:
            self._following.end()
        self._stop()

    def _start(self, period: int) -> None:
        raise NotImplementedError

    def _stop(self) -> None:
        raise NotImplementedError

    def _log(self) -> None:
        """Tasks are followed: their samples are to be told apart."""

    def _take(self) -> Tuple[bytes, int, List[bytes]]:
        """Once: a stream that reaches from before `begin` to `end`, how many bytes of it may be skipped, and the logs.

        Where there are logs (clocks.h), tasks are told apart by their threads' CPU clocks, else by the time.
        """
        raise NotImplementedError

    def _write(self) -> bytes:
        assert self.end is not None
        stream, skip, logs = self._take()
        spans: bytes = b""
        nodes: "List[_engine._Wait]" = []
        if self._following is not None:
            spans, nodes = self._following.steps.spans(by_cpu=bool(logs)), self._following.steps.nodes()
            self._following = None
        return _engine.cut((stream, self.begin, self.end, self._tid, skip, spans, nodes, logs))

    def part(self) -> Part:
        """The recording as a stream, once it was stopped; written when it is first asked for."""
        if self._part is None:
            assert self.end is not None
            if self._pid != os.getpid():
                raise NotRunning("the recording was not written before the process forked")
            self._part = Part(self._write(), self.begin, self.end)
        return self._part

    @property
    def written(self) -> bool:
        """Whether part() is at hand."""
        return self._part is not None

    def __del__(self) -> None:
        if getattr(self, "end", 0) is None and self._pid == os.getpid():
            self.stop()
