"""Profiles of any WSGI application's requests (PEP 3333): Flask, Bottle, Pyramid, Django.

    from pyrec.wsgi import ProfilerMiddleware

    app.wsgi_app = ProfilerMiddleware(app.wsgi_app, show=lambda environ: True)   # Flask
"""

from typing import Any, Callable, Iterable, List, Optional
from urllib.parse import parse_qs

from ._web import Options, answer, form_named
from .session import Session

_Application = Callable[..., Iterable[bytes]]


class ProfilerMiddleware:
    """A WSGI application around another one.

    show: a function of the environ that says who may see profiles: they tell of source files.  None: nobody.
    folder: where every request (that `show` allows, if there is one) is saved, as a stream and in `renderer`'s form.
    The others are as those of pyrec.django.

    What is profiled is the application and the making of the body, which is held back until it is whole.
    """

    def __init__(
        self,
        application: _Application,
        *,
        show: Optional[Callable[[Any], bool]] = None,
        folder: Optional[str] = None,
        url_argument: str = "profile",
        interval: float = 0.001,
        use_signal: bool = True,
        renderer: str = "html",
    ) -> None:
        self._application = application
        self._options = Options(
            interval=interval,
            use_signal=use_signal,
            url_argument=url_argument,
            show=show,
            folder=folder,
            form=form_named(renderer),
        )

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        __tracebackhide__ = True
        query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        values = query.get(self._options.url_argument)
        argument = values[0] if values else None
        shown, saved = self._options.wants(environ, argument)
        if not shown and not saved:
            return self._application(environ, start_response)
        began = _Began(start_response)
        profiler = self._options.profiler()
        with profiler:
            body = self._consume(environ, began)
        session = profiler.last_session
        assert session is not None
        if saved:
            self._options.save(environ, _path_of(environ), session)
        if not shown:
            began.pass_on()
            return body
        return _show(session, argument or "", start_response)

    def _consume(self, environ: Any, began: "_Began") -> List[bytes]:
        """The whole body: a profile is of all that made it."""
        __tracebackhide__ = True
        result = self._application(environ, began)
        try:
            return began.written + list(result)
        finally:
            if hasattr(result, "close"):
                result.close()


class _Began:
    """A start_response that waits till it is known whether the response is shown."""

    def __init__(self, start_response: Any) -> None:
        self._start_response = start_response
        self._arguments: Any = None
        self.written: List[bytes] = []

    def __call__(self, status: str, headers: Any, exc_info: Any = None) -> Callable[[bytes], None]:
        self._arguments = (status, headers) if exc_info is None else (status, headers, exc_info)
        return self.written.append

    def pass_on(self) -> None:
        if self._arguments is not None:
            self._start_response(*self._arguments)


def _path_of(environ: Any) -> str:
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    query = environ.get("QUERY_STRING", "")
    return str(path + "?" + query if query else path)


def _show(session: Session, argument: str, start_response: Any) -> List[bytes]:
    body, content_type = answer(session, argument)
    start_response("200 OK", [("Content-Type", content_type), ("Content-Length", str(len(body)))])
    return [body]
