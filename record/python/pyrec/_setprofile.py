"""The setprofile engine: the interpreter itself calls at each call and return, and when it is time, stacks are read.

It works wherever CPython does.  Its price is a call into C and a look at the clock for each event, and a bias: what is
sampled is the first event after the deadline.
"""

import os
import sys
import threading
from typing import Any, List, Optional, Tuple

from . import _engine
from ._recording import Recording


def _describe(ident: int) -> Tuple[int, bytes]:
    """The kernel's id of a thread and its name."""
    thread = threading._active.get(ident)  # type: ignore[attr-defined] # current_thread() would make one up
    native = thread.native_id if thread is not None else None
    if ident == threading.get_ident():
        native = threading.get_native_id()  # after a fork, a Thread may still know its parent's
    return native or 0, thread.name.encode("utf-8", "replace") if thread is not None else b""


def _prefixes() -> List[str]:
    """Folders of library code, as the sampler finds them in the interpreter."""
    names = ("prefix", "exec_prefix", "base_prefix", "base_exec_prefix")
    return sorted({getattr(sys, name) for name in names} - {""})


def _encode(texts: List[Any]) -> List[bytes]:
    return [os.fsencode(text) for text in texts if isinstance(text, (str, bytes))]


def _command() -> List[str]:
    """The command line, as the kernel has it where it tells."""
    try:
        with open("/proc/self/cmdline", "rb") as file:
            return os.fsdecode(file.read()).split("\0")[:-1]
    except OSError:
        return [sys.executable or "python", *sys.argv]


class _Installed:
    """The hook and who asked for it.  Threads that begin while it is there get it from threading.setprofile."""

    def __init__(self) -> None:
        self.hook = _engine.Hook()
        self.lock = threading.Lock()
        self.everywhere = 0  # recordings of all threads
        self.displaced: Any = None  # the profile function that the first one found
        self.owner = 0  # the thread it was found in

    def _is_here(self) -> bool:
        return bool(sys.getprofile() is self.hook)

    def begin(self, recorder: _engine.Recorder, everywhere: bool) -> None:
        with self.lock:
            if not self._is_here():
                self.displaced, self.owner = sys.getprofile(), threading.get_ident()
            self.hook.add(recorder)
            self.hook.install()
            if everywhere:
                self.everywhere += 1
                threading.setprofile(self.hook)

    def end(self, recorder: _engine.Recorder, everywhere: bool) -> None:
        with self.lock:
            last = self.hook.drop(recorder)
            if everywhere:
                self.everywhere -= 1
                if self.everywhere == 0:
                    threading.setprofile(None)
            if not last:
                return
            if self._is_here():
                self.hook.install()
            if self.displaced is not None and self.owner == threading.get_ident():
                sys.setprofile(self.displaced)
            self.displaced = None


_installed = _Installed()


def _forget() -> None:
    """In a forked child, nothing is recorded."""
    global _installed
    _installed = _Installed()
    if isinstance(sys.getprofile(), _engine.Hook):
        sys.setprofile(None)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


class SetprofileRecording(Recording):
    """A recording with the setprofile engine."""

    _recorder: Optional[_engine.Recorder]

    def _start(self, period: int) -> None:
        ident = threading.get_ident() if self._tid else 0
        facts = [_encode(_command()), _encode(_prefixes()), _encode(sys.path)]
        self._recorder = _engine.Recorder(period, ident, _describe, *facts)
        _installed.begin(self._recorder, not self._tid)

    def _stop(self) -> None:
        assert self._recorder is not None
        _installed.end(self._recorder, not self._tid)

    def _take(self) -> Tuple[bytes, int, List[bytes]]:
        assert self._recorder is not None and self.end is not None
        recorder, self._recorder = self._recorder, None
        return recorder.end(self.end), 0, []
