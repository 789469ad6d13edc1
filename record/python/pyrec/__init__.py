"""pyrec: where a program's time goes, seen from inside of it.

    from pyrec import Profiler

    with Profiler() as profiler:
        ...
    profiler.print()
"""

from typing import Any

from ._engine import version as __version__
from .block import profile
from .errors import AlreadyRunning, NoSession, NotRunning, ProfilerError, Unsupported
from .profiler import Profiler
from .session import Frame, Session



def load_ipython_extension(shell: Any) -> None:
    """%load_ext pyrec (magic.py)."""
    from .magic import PyrecMagics

    shell.register_magics(PyrecMagics)


__all__ = [
    "AlreadyRunning",
    "Frame",
    "NoSession",
    "NotRunning",
    "Profiler",
    "ProfilerError",
    "Session",
    "Unsupported",
    "__version__",
    "profile",
]
