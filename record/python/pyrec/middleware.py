"""pyinstrument's name for the Django middleware."""

from .django import ProfilerMiddleware

__all__ = ["ProfilerMiddleware"]
