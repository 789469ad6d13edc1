"""What a profiler recorded, and its reports."""

import codecs
import locale
import os
import sys
import tempfile
import webbrowser
from pathlib import Path
from time import time as wall_clock
from typing import IO, TYPE_CHECKING, List, Optional, Sequence, Union

from . import _engine

if TYPE_CHECKING:
    from ._recording import Recording


class Frame:
    """A function as called by its parent; times are seconds.

    Calls of the same function from the same parent are one frame.
    """

    __slots__ = (
        "function", "file_path", "line_no", "is_application_code", "time", "self_time", "cpu_time", "sample_count",
        "parent", "children",
    )  # fmt: skip

    def __init__(self, node: "_engine._Node", parent: Optional["Frame"]) -> None:
        _, function, self.file_path, self.line_no, self.is_application_code, own, total, samples, cpu = node
        #: Qualified name, where the interpreter knows it (3.11 on); "[no Python frame]" where none ran.
        self.function: str = "[no Python frame]" if function is None else function
        self.time = total / 1e9  #: with what it calls
        self.self_time = own / 1e9
        self.cpu_time = cpu / 1e9  #: with what it calls
        self.sample_count = samples
        self.parent = parent
        self.children: List[Frame] = []  #: by time, longest first

    def __repr__(self) -> str:
        return "<Frame %s %s:%d %.3fs>" % (self.function, self.file_path, self.line_no, self.time)


def _frames(name: str, nodes: "List[_engine._Node]") -> Frame:
    """The tree of one thread under a frame that stands for the thread."""
    frames: List[Frame] = []
    for index, node in enumerate(nodes):
        parent = frames[node[0]] if index else None
        frame = Frame(node, parent)
        if parent is not None:
            parent.children.append(frame)
        frames.append(frame)
    frames[0].function = name
    for frame in frames:
        frame.children.sort(key=lambda child: (-child.time, child.function))
    return frames[0]


class Session:
    """What was recorded from a profiler's start to its stop, or from several."""

    def __init__(self, recordings: "Sequence[Recording]") -> None:
        self._recordings = tuple(recordings)
        self._stream: Optional[bytes] = None
        self._threads: Optional[List[Frame]] = None
        spans = [(recording.end or recording.begin) - recording.begin for recording in self._recordings]
        ago = _engine.clock() - self._recordings[0].begin
        self.duration = sum(spans) / 1e9  #: seconds, from each start to its stop
        self.start_time = wall_clock() - ago / 1e9  #: of the first, seconds since 1970

    @property
    def stream(self) -> bytes:
        """The samples as the tools' stream (pyprof(5)); made when it is first asked for."""
        if self._stream is None:
            parts = [recording.part() for recording in self._recordings]
            whole: List[_engine._Part] = [(part.stream, part.begin, part.end, 0, 0, b"", [], []) for part in parts]
            self._stream = parts[0].stream if len(parts) == 1 else _engine.cut(*whole)
        return self._stream

    def threads(self) -> List[Frame]:
        """A frame for each thread, by name, with what the thread called below it."""
        if self._threads is None:
            self._threads = [_frames(name or "thread %d" % tid, nodes) for tid, name, nodes in _engine.tree(self.stream)]
        return self._threads

    def root_frame(self) -> Optional[Frame]:
        """The outermost call; where there is not one only, a frame that stands for the thread, or for all threads.

        None if there is no sample.
        """
        threads = [thread for thread in self.threads() if thread.sample_count]
        if not threads:
            return None
        if len(threads) == 1:
            alone = len(threads[0].children) == 1 and threads[0].self_time == 0
            return threads[0].children[0] if alone else threads[0]
        times = [round(sum(getattr(t, name) for t in threads) * 1e9) for name in ("time", "cpu_time")]
        samples = sum(thread.sample_count for thread in threads)
        root = Frame((0, "[threads]", None, 0, False, 0, times[0], samples, times[1]), None)
        root.children = threads
        return root

    @property
    def sample_count(self) -> int:
        return sum(thread.sample_count for thread in self.threads())

    @property
    def cpu_time(self) -> float:
        """Seconds."""
        return sum(thread.cpu_time for thread in self.threads())

    def save(self, path: Union[str, "os.PathLike[str]"]) -> None:
        """Writes the stream, which pymerge(1) and pyrender(1) read.  OSError if that fails."""
        Path(path).write_bytes(self.stream)

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
        """The call tree, byte for byte as pyrender prints it.

        unicode: draw with more than ASCII; None: if the locale's encoding is UTF-8.  color: escape sequences; None: no.
        show_all: fold no library code.  timeline: the calls in the order of time; flat: a list of functions.
        time: "seconds" or "percent_of_total".  short: without the summary that comes first.
        """
        if timeline and flat:
            raise ValueError("a report is a timeline or flat, not both")
        if time not in ("seconds", "percent_of_total"):
            raise ValueError("time must be 'seconds' or 'percent_of_total', not %r" % (time,))
        if unicode is None:
            unicode = _is_utf8(locale.getpreferredencoding(False))
        form = "timeline" if timeline else "flat" if flat else "text"
        text = _engine.render(self.stream, form, show_all, time != "seconds", bool(color), unicode, -1.0)
        return text.partition("\n\n")[2] if short else text

    def output_html(self) -> str:
        """A page that needs nothing else and can be saved and sent."""
        return _engine.render(self.stream, "html", False, False, False, True, -1.0)

    def output_collapsed(self) -> str:
        """A line for each stack, `a;b;c 42`, as flame graph tools read it."""
        return _engine.render(self.stream, "collapsed", False, False, False, True, -1.0)

    def write_html(self, path: Union[str, "os.PathLike[str]"]) -> None:
        Path(path).write_text(self.output_html(), encoding="utf-8")

    def open_in_browser(self) -> str:
        """Writes the page to a temporary file and opens it; its path."""
        file, path = tempfile.mkstemp(prefix="pyrec-", suffix=".html")
        os.close(file)
        self.write_html(path)
        webbrowser.open(Path(path).as_uri())
        return path

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
        """Writes output_text() to `file`, or stdout; what is None depends on where that leads."""
        out = sys.stdout if file is None else file
        if unicode is None:
            unicode = _is_utf8(getattr(out, "encoding", None) or "ascii")
        if color is None:
            color = _takes_color(out)
        out.write(self.output_text(unicode, color, show_all, timeline, flat, time, short))


def _is_utf8(encoding: str) -> bool:
    try:
        return codecs.lookup(encoding).name == "utf-8"
    except LookupError:
        return False


def _takes_color(out: IO[str]) -> bool:
    """https://no-color.org and https://bixense.com/clicolors, as the tools have it."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("CLICOLOR_FORCE", "0") not in ("", "0"):
        return True
    return out.isatty() and os.environ.get("TERM") != "dumb"
