"""A Django project in one file: manage.py runserver, and what gunicorn (manage:application) and uvicorn (manage:asgi) serve.

Each request's own view is a function of its own name, so that a profile tells whose it is.
"""
import os
import sys
import time

import django
from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpResponse
from django.urls import path
from django.utils.decorators import sync_and_async_middleware

FOLDER = os.environ.get("SITE_PROFILES") or None

settings.configure(
    DEBUG=os.environ.get("SITE_DEBUG", "1") == "1",
    SECRET_KEY="not one",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[
        os.environ.get("SITE_MIDDLEWARE", "pyrec.django.ProfilerMiddleware"),
        __name__ + ".slow_middleware",
        "django.middleware.common.CommonMiddleware",
    ],
    WSGI_APPLICATION=None,
    USE_TZ=True,
    LOGGING_CONFIG=None,
    **({os.environ.get("SITE_DIR_SETTING", "PYREC_PROFILE_DIR"): FOLDER} if FOLDER else {}),
    **({"PYREC_SHOW_CALLBACK": __name__ + ".may_see"} if os.environ.get("SITE_CALLBACK") else {}),
)


def may_see(request):
    return request.GET.get("who") == "admin"


def spin(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        sum(range(50))


@sync_and_async_middleware
def slow_middleware(get_response):
    def middleware(request):
        slow()
        return get_response(request)

    async def async_middleware(request):
        slow()
        return await get_response(request)

    return async_middleware if iscoroutinefunction(get_response) else middleware


def slow():
    spin(0.03)


def make_view(number):
    scope = {"__name__": __name__, "time": time, "spin": spin, "HttpResponse": HttpResponse}
    code = (
        "def work_%d():\n    time.sleep(0.05)\n    spin(0.01)\n"
        "def view(request, rest=''):\n    work_%d()\n    return HttpResponse('page %d')"
    )
    exec(compile(code % (number, number, number), __file__, "exec"), scope)
    return scope["view"]


def make_async_view(number):
    import asyncio

    scope = {"__name__": __name__, "asyncio": asyncio, "spin": spin, "HttpResponse": HttpResponse}
    code = (
        "async def work_%d():\n    await asyncio.sleep(0.05)\n    spin(0.01)\n"
        "async def view(request, rest=''):\n    await work_%d()\n    return HttpResponse('page %d')"
    )
    exec(compile(code % (number, number, number), __file__, "exec"), scope)
    return scope["view"]


def fail(request):
    time.sleep(0.02)
    raise ValueError("wrong")


urlpatterns = [
    *(path("view/%d/" % number, make_view(number)) for number in range(50)),
    *(path("async/%d/" % number, make_async_view(number)) for number in range(50)),
    path("fail/", fail),
    path("any/<path:rest>", make_view(99)),
]

django.setup()

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
else:
    from django.core.asgi import get_asgi_application
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()
    asgi = get_asgi_application()
