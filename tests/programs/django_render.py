"""Renders a Django template again and again: a program of many short calls, mostly in a library.

usage: django_render.py [times]
"""
import sys

import django
from django.conf import settings
from django.template import Context, Engine

TEMPLATE = """{% load i18n %}<html><head><title>{{ title|title }}</title></head><body>
{% if user.name %}<p>{% trans "Hello" %}, {{ user.name|capfirst }}!</p>{% else %}<p>Hello!</p>{% endif %}
<ul>{% for item in items %}
  <li class="{% cycle 'odd' 'even' %}">{{ forloop.counter }}. {{ item.name|lower|truncatechars:20 }}:
  {{ item.price|floatformat:2 }}{% if item.tags %} ({{ item.tags|join:", " }}){% endif %}</li>{% endfor %}
</ul>
{% with total=items|length %}<p>{{ total }} item{{ total|pluralize }}</p>{% endwith %}
</body></html>"""


def make_items():
    return [{"name": f"Item Number {i}", "price": i * 1.25, "tags": ["new", "sale"][: i % 3]} for i in range(8)]


def render(template, items):
    return template.render(Context({"title": "all the items", "user": {"name": "ada"}, "items": items}))


def main(times):
    settings.configure(USE_I18N=False)
    django.setup()
    template = Engine(libraries={"i18n": "django.templatetags.i18n"}).from_string(TEMPLATE)
    items = make_items()
    size = 0
    for _ in range(times):
        size += len(render(template, items))
    print(size)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4000)
