"""Applications of other frameworks, each as its own documentation has it, with the examples of the package's: served by
gunicorn (apps:flask_app) and uvicorn (apps:fastapi_app, apps:starlette_app), or by themselves (python apps.py PORT)."""
import asyncio
import os
import sys
import time

FOLDER = os.environ.get("SITE_PROFILES") or None


def spin(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        sum(range(50))


def make(number, kind):
    """A function of the number's own name that takes its time: kind is "def" or "async def"."""
    sleep = "await asyncio.sleep(0.05)" if kind == "async def" else "time.sleep(0.05)"
    scope = {"asyncio": asyncio, "time": time, "spin": spin}
    code = "%s work_%d():\n    %s\n    spin(0.01)" % (kind, number, sleep)
    exec(compile(code, __file__, "exec"), scope)
    return scope["work_%d" % number]


WORK = [make(number, "def") for number in range(50)]
ASYNC_WORK = [make(number, "async def") for number in range(50)]


def make_flask():
    from flask import Flask
    from pyrec.wsgi import ProfilerMiddleware

    app = Flask(__name__)

    @app.route("/view/<int:number>/")
    def view(number):
        WORK[number]()
        return "page %d" % number

    app.wsgi_app = ProfilerMiddleware(app.wsgi_app, show=lambda environ: True, folder=FOLDER)
    return app


def make_fastapi():
    from fastapi import FastAPI
    from pyrec.asgi import ProfilerMiddleware

    app = FastAPI()
    app.add_middleware(ProfilerMiddleware, show=lambda scope: True, folder=FOLDER)

    @app.get("/view/{number}/")
    async def view(number: int):
        await ASYNC_WORK[number]()
        return "page %d" % number

    @app.get("/thread/{number}/")
    def in_thread(number: int):
        WORK[number]()
        return "page %d" % number

    return app


def make_starlette():
    from pyrec.asgi import ProfilerMiddleware
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    async def view(request):
        number = int(request.path_params["number"])
        await ASYNC_WORK[number]()
        return PlainTextResponse("page %d" % number)

    middleware = [Middleware(ProfilerMiddleware, show=lambda scope: True)]
    return Starlette(routes=[Route("/view/{number}/", view)], middleware=middleware)


def make_aiohttp():
    from aiohttp import web
    from pyrec.aiohttp import profiler_middleware

    async def view(request):
        number = int(request.match_info["number"])
        await ASYNC_WORK[number]()
        return web.Response(text="page %d" % number)

    app = web.Application(middlewares=[profiler_middleware(show=lambda request: True)])
    app.router.add_get("/view/{number}/", view)
    return app


if __name__ == "__main__":
    from aiohttp import web

    web.run_app(make_aiohttp(), host="127.0.0.1", port=int(sys.argv[1]), print=None)
