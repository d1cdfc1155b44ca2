"""What may stand in a URL. A part of another shape finds no view: 404 before any query, as for what is not there."""

from __future__ import annotations

from django.urls import register_converter
from django.urls.converters import StringConverter


class ReferenceConverter(StringConverter):
    """A booking's reference in either case. PostgreSQL cannot even compare text that holds a NUL."""

    regex = "[0-9A-Za-z]{1,10}"


register_converter(ReferenceConverter, "reference")
