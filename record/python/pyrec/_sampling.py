"""The sampler's engines, shared by the profilers that run at one time.

An engine costs two threads and some memory, so that fifty requests profiled at once have one, not fifty.  It records the
whole process; each profiler takes its part out of the stream.  Where profilers come and go without a pause, engines take
turns, lest their streams grow for ever: one that is older than a while is not joined any more and ends with its last
profiler.
"""

import functools
import os
import threading
from typing import Dict, List, Optional, Tuple

from . import _engine
from ._recording import Recording

_JOINED_FOR = 10 * 10**9  # ns


@functools.lru_cache(None)
def why_not() -> str:
    """Why this interpreter cannot be sampled; empty if it can."""
    if not hasattr(_engine, "Engine"):
        return "this build has no sampler"
    try:
        _engine.check()
    except (NotImplementedError, OSError) as error:
        return str(error)
    return ""


class Shared:
    """An engine and who uses it."""

    def __init__(self, period: int) -> None:
        self.period = period
        self.began = _engine.clock()
        self.engine = _engine.Engine(period)
        self.users = 0


_lock = threading.Lock()
_current: Dict[int, Shared] = {}  # by period


def join(period: int) -> Shared:
    """An engine that runs, its user till leave(); OSError where no thread or memory can be had for it."""
    with _lock:
        shared = _current.get(period)
        if shared is None or _engine.clock() - shared.began > _JOINED_FOR:
            shared = _current[period] = Shared(period)
        shared.users += 1
        return shared


def leave(shared: Shared) -> None:
    """The engine ends with its last user."""
    with _lock:
        shared.users -= 1
        if shared.users == 0:
            shared.engine.stop()
            if _current.get(shared.period) is shared:
                del _current[shared.period]


def _forget() -> None:
    """In a forked child, where no engine has its threads."""
    global _lock
    _lock = threading.Lock()
    _current.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


class SamplerRecording(Recording):
    """A recording with the sampler."""

    _shared: Optional[Shared]

    def _start(self, period: int) -> None:
        self._shared = join(period)
        self._skip = self._shared.engine.written()

    def _stop(self) -> None:
        assert self._shared is not None
        leave(self._shared)

    def _log(self) -> None:
        assert self._shared is not None
        self._shared.engine.log()

    def _take(self) -> Tuple[bytes, int, List[bytes]]:
        assert self._shared is not None
        engine, self._shared = self._shared.engine, None
        return engine.copy(), self._skip, engine.logs() if self._following is not None else []
