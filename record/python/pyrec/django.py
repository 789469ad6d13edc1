"""Profiles of Django's requests.

    MIDDLEWARE = ["pyrec.django.ProfilerMiddleware", ...]   # first, so that it profiles the others too

`?profile` at the end of a URL then returns the request's call tree in place of its page (`?profile=text` as text), while
DEBUG is on.  Settings, each with its default; those of pyinstrument's middleware count where one of these is not set:

    PYREC_PROFILE_DIR = None            # a folder: every request is saved there, as a stream and as a page
    PYREC_SHOW_CALLBACK = None          # a function of the request (or its dotted name): who may; then without DEBUG too
    PYREC_URL_ARGUMENT = "profile"
    PYREC_INTERVAL = 0.001              # seconds
    PYREC_USE_SIGNAL = True             # False: the setprofile engine
    PYREC_FILENAME = "{total_time:.3f}s {path} {timestamp:.0f}.{ext}"
    PYREC_FILENAME_CALLBACK = None      # a function of request, session and file ending, which gives the name
    PYREC_PROFILE_DIR_RENDERER = "html" # or "text", "collapsed"

For Django 3.2 and later, sync and async.
"""

import asyncio
import inspect
from typing import Any, Awaitable, Callable, Optional, Union

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.utils.module_loading import import_string

from ._tasks import stepped
from ._web import DEFAULT_FILENAME, Options, answer, form_named
from .profiler import Profiler
from .session import Session

# Since 3.12 inspect knows of such marks; before, asyncio did, by an attribute.
_is_async: Callable[[Any], bool] = (
    inspect.iscoroutinefunction if hasattr(inspect, "markcoroutinefunction") else asyncio.iscoroutinefunction
)


def _mark_async(function: Any) -> None:
    if hasattr(inspect, "markcoroutinefunction"):
        inspect.markcoroutinefunction(function)
    else:
        function._is_coroutine = getattr(asyncio.coroutines, "_is_coroutine")


_Response = Any
_Handler = Union[Callable[[Any], _Response], Callable[[Any], Awaitable[_Response]]]


def _setting(name: str, default: Any) -> Any:
    """PYREC_name, else PYINSTRUMENT_name."""
    return getattr(settings, "PYREC_" + name, getattr(settings, "PYINSTRUMENT_" + name, default))


def _function(name: str) -> Optional[Callable[..., Any]]:
    """A setting that is a function or the dotted name of one."""
    value = _setting(name, None)
    found = import_string(value) if isinstance(value, str) else value
    if found is not None and not callable(found):
        raise ImproperlyConfigured("PYREC_%s is neither a function nor the name of one" % name)
    return found  # type: ignore[no-any-return]


def _options() -> Options:
    """From the settings as they are now: tests change them."""
    folder = _setting("PROFILE_DIR", None)
    try:
        form = form_named(_setting("PROFILE_DIR_RENDERER", None) or "html")
    except ValueError as error:
        raise ImproperlyConfigured("PYREC_PROFILE_DIR_RENDERER: %s" % error) from None
    return Options(
        interval=_setting("INTERVAL", 0.001),
        use_signal=_setting("USE_SIGNAL", True),
        url_argument=_setting("URL_ARGUMENT", "profile"),
        show=_function("SHOW_CALLBACK"),
        show_to_all=settings.DEBUG,
        folder=None if folder is None else str(folder),
        filename=_setting("FILENAME", DEFAULT_FILENAME),
        filename_callback=_function("FILENAME_CALLBACK"),
        form=form,
    )


class _Request:
    """One request under the middleware."""

    def __init__(self, request: Any) -> None:
        self._request = request
        self._options = _options()
        self._argument: Optional[str] = request.GET.get(self._options.url_argument)
        self._shown, self._saved = self._options.wants(request, self._argument)
        self._profiler: Optional[Profiler] = None

    def begin(self) -> None:
        if self._shown or self._saved:
            self._profiler = self._options.profiler()
            self._profiler.start()

    def end(self) -> Optional[Session]:
        """What was recorded; to be called whatever became of the request."""
        return self._profiler.stop() if self._profiler is not None else None

    def finish(self, session: Optional[Session], response: _Response) -> _Response:
        """The response, or the profile in its place."""
        if session is None:
            return response
        if self._saved:
            self._options.save(self._request, self._request.get_full_path(), session)
        if not self._shown:
            return response
        if hasattr(response, "close"):
            response.close()
        body, content_type = answer(session, self._argument or "")
        return HttpResponse(body, content_type=content_type)


class ProfilerMiddleware:
    """Django's middleware; see above."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: _Handler) -> None:
        self.get_response: Any = get_response
        self._async = _is_async(get_response)
        if self._async:
            _mark_async(self)

    def __call__(self, request: Any) -> Any:
        __tracebackhide__ = True
        if self._async:
            return self._call_async(request)
        profiled = _Request(request)
        session = None
        profiled.begin()
        try:
            response = self.get_response(request)
        finally:
            session = profiled.end()
        return profiled.finish(session, response)

    async def _call_async(self, request: Any) -> Any:
        __tracebackhide__ = True
        profiled = _Request(request)
        session = None
        profiled.begin()
        try:
            response = await stepped(self.get_response(request))
        finally:
            session = profiled.end()
        return profiled.finish(session, response)
