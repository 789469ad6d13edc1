"""Renders a small Django template again and again: many short calls, mostly in a library.

usage: django_render.py [times]
"""
import os
import sys

import django
from django.conf import settings
from django.template.loader import render_to_string


def main(times):
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "templates")
    backend = "django.template.backends.django.DjangoTemplates"
    settings.configure(INSTALLED_APPS=(), TEMPLATES=[{"BACKEND": backend, "DIRS": [folder]}])
    django.setup()
    size = 0
    for _ in range(times):
        size += len(render_to_string("page.html"))
    print(size)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4000)
