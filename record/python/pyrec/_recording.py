"""What the two engines have in common: a recording, and what becomes of it."""

import os
from typing import NamedTuple, Optional

from .errors import NotRunning


class Part(NamedTuple):
    """A recording that is over, as a stream."""

    stream: bytes
    begin: int  # ns of _engine.clock(), as `end`
    end: int


class Recording:
    """What one profiler records from its start to its stop; begins when it is made, in the calling thread."""

    begin: int  # ns of _engine.clock()

    def __init__(self) -> None:
        self.end: Optional[int] = None
        self._pid = os.getpid()
        self._part: Optional[Part] = None

    def stop(self) -> None:
        """To be called once, by the process that began."""
        raise NotImplementedError

    def _write(self) -> bytes:
        """The stream, once it was stopped."""
        raise NotImplementedError

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
