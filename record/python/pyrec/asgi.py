"""Profiles of any ASGI application's requests (asgi.readthedocs.io): Starlette, FastAPI, Quart, Django.

    from pyrec.asgi import ProfilerMiddleware

    app.add_middleware(ProfilerMiddleware, show=lambda scope: True)   # Starlette, FastAPI
"""

from typing import Any, Awaitable, Callable, List, Optional
from urllib.parse import parse_qs

from ._tasks import stepped
from ._web import Options, answer, form_named
from .session import Session

_Application = Callable[[Any, Any, Any], Awaitable[None]]


class ProfilerMiddleware:
    """An ASGI application around another one.

    show: a function of the scope that says who may see profiles: they tell of source files.  None: nobody.
    folder: where every request (that `show` allows, if there is one) is saved, as a stream and in `renderer`'s form.
    The others are as those of pyrec.django.

    What is profiled is the request's task and those that it begins, whatever the loop does for others meanwhile.
    """

    def __init__(
        self,
        app: _Application,
        *,
        show: Optional[Callable[[Any], bool]] = None,
        folder: Optional[str] = None,
        url_argument: str = "profile",
        interval: float = 0.001,
        use_signal: bool = True,
        renderer: str = "html",
    ) -> None:
        self._app = app
        self._options = Options(
            interval=interval,
            use_signal=use_signal,
            url_argument=url_argument,
            show=show,
            folder=folder,
            form=form_named(renderer),
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        __tracebackhide__ = True
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
        values = query.get(self._options.url_argument)
        argument = values[0] if values else None
        shown, saved = self._options.wants(scope, argument)
        if not shown and not saved:
            await self._app(scope, receive, send)
            return
        profiler = self._options.profiler()
        with profiler:
            await stepped(self._app(scope, receive, _dropped if shown else send))
        session = profiler.last_session
        assert session is not None
        if saved:
            self._options.save(scope, _path_of(scope), session)
        if shown:
            await _show(session, argument or "", send)


async def _dropped(message: Any) -> None:
    """What a response that is not shown is sent to."""


def _path_of(scope: Any) -> str:
    query = scope.get("query_string", b"").decode("latin-1")
    return str(scope["path"] + "?" + query if query else scope["path"])


async def _show(session: Session, argument: str, send: Any) -> None:
    body, content_type = answer(session, argument)
    headers: List[Any] = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
