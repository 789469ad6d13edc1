"""What the middlewares share: whom to profile, what to answer, and where to save."""

import logging
import os
import re
import time
from typing import Any, Callable, NamedTuple, Optional, Tuple

from .profiler import Profiler
from .session import Session

_log = logging.getLogger("pyrec")

# Longest part of a file's name that comes from a URL: the rest of it and an ending must fit in 255 bytes.
_PATH_MAX = 100

DEFAULT_FILENAME = "{total_time:.3f}s {path} {timestamp:.0f}.{ext}"


class Form(NamedTuple):
    """What a session can be made into."""

    render: Callable[[Session], str]
    extension: str
    content_type: str


HTML = Form(Session.output_html, "html", "text/html; charset=utf-8")
TEXT = Form(lambda session: session.output_text(unicode=True), "txt", "text/plain; charset=utf-8")
COLLAPSED = Form(Session.output_collapsed, "collapsed", "text/plain; charset=utf-8")

# By name, pyinstrument's classes included.
FORMS = {
    "html": HTML,
    "text": TEXT,
    "collapsed": COLLAPSED,
    "pyinstrument.renderers.HTMLRenderer": HTML,
    "pyinstrument.renderers.html.HTMLRenderer": HTML,
    "pyinstrument.renderers.ConsoleRenderer": TEXT,
    "pyinstrument.renderers.console.ConsoleRenderer": TEXT,
}


class Options(NamedTuple):
    """How to profile requests; `show` is handed what the framework calls a request."""

    interval: float = 0.001
    use_signal: bool = True
    #: Name of the URL's argument that asks for the profile in place of the page.
    url_argument: str = "profile"
    #: Who may be profiled.  None: nobody asks and everything may be saved, but nothing is shown.
    show: Optional[Callable[[Any], bool]] = None
    #: Whether profiles are shown where there is no callback: they tell of source files.
    show_to_all: bool = False
    #: Where every request is saved; None: nowhere.
    folder: Optional[str] = None
    #: total_time (s), path, timestamp (s since 1970) and ext are filled in.
    filename: str = DEFAULT_FILENAME
    #: Makes the name from request, session and the form's extension, in place of `filename`.
    filename_callback: Optional[Callable[[Any, Session, str], str]] = None
    form: Form = HTML

    def profiler(self) -> Profiler:
        return Profiler(interval=self.interval, use_signal=self.use_signal)

    def wants(self, request: Any, argument: Optional[str]) -> Tuple[bool, bool]:
        """Whether to show this request's profile, and whether to save it; `argument`: the URL's, None if there is none."""
        allowed = self.show is None or bool(self.show(request))
        shown = argument is not None and allowed and (self.show is not None or self.show_to_all)
        return shown, allowed and self.folder is not None

    def save(self, request: Any, path: str, session: Session) -> None:
        """Saves a session, as a stream and in its form.  What goes wrong is logged: the request is not to suffer."""
        if self.folder is None:
            return
        try:
            name = self._name(request, path, session)
            base = _inside(self.folder, name)
            os.makedirs(os.path.dirname(base), exist_ok=True)
            root, extension = os.path.splitext(base)
            text = self.form.render(session).encode("utf-8", "replace")
            with _open_new(root, (extension or "." + self.form.extension, ".prof")) as (first, second):
                first.write(text)
                second.write(session.stream)
        except (OSError, ValueError, KeyError, IndexError) as error:
            _log.error("cannot save a profile in '%s': %s", self.folder, error)

    def _name(self, request: Any, path: str, session: Session) -> str:
        if self.filename_callback is not None:
            name = self.filename_callback(request, session, self.form.extension)
            if not isinstance(name, str):
                raise ValueError("the filename callback returned no string but %r" % (name,))
            return name
        return self.filename.format(
            total_time=session.duration, path=safe_name(path), timestamp=time.time(), ext=self.form.extension
        )


def safe_name(path: str) -> str:
    """A URL's path as part of a file's name: nothing in it means anything to a file system or a shell."""
    return re.sub(r"[^A-Za-z0-9_.,=&+-]", "_", path)[:_PATH_MAX].replace("..", "__") or "_"


def _inside(folder: str, name: str) -> str:
    """The path of a file below the folder; ValueError if the name leads out of it, links included."""
    top = os.path.realpath(folder)
    path = os.path.realpath(os.path.join(top, name))
    if "\0" in name or os.path.dirname(path) != top and not path.startswith(top + os.sep):
        raise ValueError("the name %r leads out of it" % (name,))
    return path


class _open_new:
    """Opens files of one name and several endings, none of which was there; requests may end at one time."""

    def __init__(self, root: str, extensions: Tuple[str, str]) -> None:
        self._files = self._create(root, extensions)

    @staticmethod
    def _create(root: str, extensions: Tuple[str, str]) -> Tuple[Any, Any]:
        for number in range(10000):
            stem = root if number == 0 else "%s-%d" % (root, number)
            try:
                first = open(stem + extensions[0], "xb")
            except FileExistsError:
                continue
            try:
                return first, open(stem + extensions[1], "xb")
            except FileExistsError:
                first.close()
                os.unlink(stem + extensions[0])
        raise OSError("too many files of the name %r" % root)

    def __enter__(self) -> Tuple[Any, Any]:
        return self._files

    def __exit__(self, *_: object) -> None:
        for file in self._files:
            file.close()


def form_named(name: str) -> Form:
    """ValueError if there is none of that name."""
    if name not in FORMS:
        raise ValueError("no renderer %r: one of %s" % (name, ", ".join(sorted(FORMS))))
    return FORMS[name]


def answer(session: Session, argument: str) -> Tuple[bytes, str]:
    """What to answer in place of the page, and its content type; `argument` is the URL's argument's value."""
    form = TEXT if argument == "text" else HTML
    return form.render(session).encode("utf-8", "replace"), form.content_type
