"""Profiles of aiohttp's requests.

    from pyrec.aiohttp import profiler_middleware

    app = web.Application(middlewares=[profiler_middleware(show=lambda request: True)])
"""

from typing import Any, Callable, Optional

from aiohttp import web

from ._tasks import stepped
from ._web import Options, answer, form_named


def profiler_middleware(
    *,
    show: Optional[Callable[[Any], bool]] = None,
    folder: Optional[str] = None,
    url_argument: str = "profile",
    interval: float = 0.001,
    use_signal: bool = True,
    renderer: str = "html",
) -> Any:
    """A middleware of aiohttp's; the arguments are those of pyrec.asgi, `show` is given the request."""
    options = Options(
        interval=interval,
        use_signal=use_signal,
        url_argument=url_argument,
        show=show,
        folder=folder,
        form=form_named(renderer),
    )

    async def middleware(request: Any, handler: Any) -> Any:
        __tracebackhide__ = True
        argument = request.query.get(options.url_argument)
        shown, saved = options.wants(request, argument)
        if not shown and not saved:
            return await handler(request)
        profiler = options.profiler()
        with profiler:
            response = await stepped(handler(request))
        session = profiler.last_session
        assert session is not None
        if saved:
            options.save(request, request.path_qs, session)
        if not shown:
            return response
        body, content_type = answer(session, argument or "")
        return web.Response(body=body, headers={"Content-Type": content_type})

    return web.middleware(middleware)
