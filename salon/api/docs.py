"""The documentation page: the description of the API as a plain page, without a script.

The usual viewers bring a megabyte and more of JavaScript; this one is read by any browser and by a screen reader.
"""

from __future__ import annotations

import json
import shlex
from collections import defaultdict
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase

from salon.api import paging, problems
from salon.api.asked import MOST_DAYS

REF: Final = "#/components/schemas/"
_FORMATS: Final = {"date": "date", "date-time": "date and time", "uuid": "UUID"}


class Page(DocsBase):
    """`docs=Page()` of the API object."""

    def __init__(self) -> None:
        self._context: dict[str, Any] = {}

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:  # noqa: ARG002 - ninja's
        """English, the same for everybody."""
        if not self._context:
            self._context = _context(api.get_openapi_schema())
        response = render(request, "api/docs.html", self._context)
        response["Content-Language"] = "en"
        return response


def _context(schema: dict[str, Any]) -> dict[str, Any]:
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            groups[operation.get("tags", ["Other"])[0]].append(_operation(path, method, operation))
    shapes = schema["components"]["schemas"]
    return {
        "info": schema["info"],
        "groups": dict(groups),
        "shapes": [_shape(name, each) for name, each in sorted(shapes.items()) if "properties" in each],
        "problems": [
            {"kind": kind, "status": status, "title": title} for kind, (status, title) in problems.KINDS.items()
        ],
        "site": settings.SITE_URL,
        "limit": settings.API_REQUESTS_PER_MINUTE,
        "paging": {"usual": paging.USUAL, "most": paging.MOST},
        "most_days": MOST_DAYS,
    }


def _prose(text: str) -> SafeString:
    """Words between backticks as code."""
    parts = enumerate(text.split("`"))
    return format_html_join(
        "", "{}", ((format_html("<code>{}</code>", part) if odd % 2 else part,) for odd, part in parts)
    )


def _operation(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    parameters = sorted(operation["parameters"], key=lambda each: (each["in"] != "path", not each["required"]))
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "about": _prose(operation.get("description", "")),
        "secured": bool(operation.get("security")),
        "parameters": [_field(each["name"], each["schema"] | each, required=each["required"]) for each in parameters],
        "body": body and _kind(body),
        "answers": [_answer(status, each) for status, each in operation["responses"].items()],
        "curl": _curl(path, method, parameters, secured=bool(operation.get("security")), body=bool(body)),
    }


def _answer(status: str, answer: dict[str, Any]) -> dict[str, Any]:
    content = next(iter(answer.get("content", {}).values()), {}).get("schema")
    return {"status": status, "about": _prose(answer["description"]), "kind": content and _kind(content)}


def _shape(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    required = schema.get("required", [])
    return {
        "name": name,
        "about": _prose(schema.get("description", "")),
        "fields": [_field(key, each, required=key in required) for key, each in schema["properties"].items()],
    }


def _field(name: str, schema: dict[str, Any], *, required: bool) -> dict[str, Any]:
    example = schema.get("example") or next(iter(schema.get("examples", [])), None)
    return {
        "name": name,
        "kind": _kind(schema.get("schema", schema)),
        "required": required,
        "usual": json.dumps(schema["default"], ensure_ascii=False) if schema.get("default") not in (None, "") else "",
        "about": _prose(schema.get("description", "")),
        "example": "" if example is None else json.dumps(example, ensure_ascii=False),
    }


def _kind(schema: dict[str, Any]) -> dict[str, str]:
    """A type in words, and the shape that it leads to, if any."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(REF)
        return {"before": "", "shape": name, "after": ""}
    if schema.get("anyOf"):
        kinds = [_kind(each) for each in schema["anyOf"] if each.get("type") != "null"]
        or_null = " or null" if len(kinds) < len(schema["anyOf"]) else ""
        return kinds[0] | {"after": kinds[0]["after"] + or_null}
    if schema.get("type") == "array":
        inner = _kind(schema["items"])
        return inner | {"before": f"list of {inner['before']}"}
    if "enum" in schema:
        return {"before": " | ".join(json.dumps(each) for each in schema["enum"]), "shape": "", "after": ""}
    words = _FORMATS.get(schema.get("format", ""), schema.get("type", "any"))
    return {"before": f"{words}{_bounds(schema)}", "shape": "", "after": ""}


def _bounds(schema: dict[str, Any]) -> str:
    low, high, longest = schema.get("minimum"), schema.get("maximum"), schema.get("maxLength")
    if low is not None and high is not None:
        return f", {low} to {high}"
    if low is not None:
        return f", from {low}"
    return f", at most {longest} characters" if longest else ""


def _curl(path: str, method: str, parameters: list[dict[str, Any]], *, secured: bool, body: bool) -> str:
    """A line that can be pasted into a shell."""
    query: list[tuple[str, str]] = []
    for each in parameters:
        example = each.get("example")
        if each["in"] == "path":
            path = path.replace(f"{{{each['name']}}}", str(example or each["name"]))
        elif each["required"]:
            query += [(each["name"], str(one)) for one in (example if isinstance(example, list) else [example])]
    parts = ["curl"]
    if method != "get":
        parts += ["-X", method.upper()]
    if secured:
        parts += ["-H", "Authorization: Bearer $ACCESS_TOKEN"]
    if body:
        parts += ["--json", "{}"]
    url = f"{settings.SITE_URL}{path}" + (f"?{urlencode(query)}" if query else "")
    return shlex.join([*parts, url]).replace(
        "'Authorization: Bearer $ACCESS_TOKEN'", '"Authorization: Bearer $ACCESS_TOKEN"'
    )
