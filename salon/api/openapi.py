"""The API object's own habits: text as it is written, and a description that leaves no answer unsaid (OpenAPI 3.1)."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.renderers import JSONRenderer

from salon.api import problems, shapes

PROBLEM: Final = {problems.CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}

EVERYWHERE: Final = {
    400: "The request cannot be read.",
    422: "A parameter makes no sense; `errors` says which.",
    429: "Too many requests of this address. `Retry-After` says when to ask again.",
    500: "Our fault.",
    503: "Busy for a moment. `Retry-After` says when to ask again.",
}
"""What any address may answer beside what it declares itself."""

USUAL: Final = {200: "What was asked for.", 404: "Nothing is there, or nothing that may be seen."}
"""In place of the bare names of the statuses."""

_TEXT: Final = {"type": "string"}
HEADERS: Final[dict[str, dict[str, Any]]] = {
    "ETag": {"description": "The tag of this very text, for `If-None-Match`.", "schema": _TEXT},
    "Cache-Control": {"description": "How long it may be used without asking again.", "schema": _TEXT},
    "Content-Language": {"description": "The language of names.", "schema": {"type": "string", "enum": ["ar", "en"]}},
    "Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}},
    "WWW-Authenticate": {"description": "What is asked for.", "schema": _TEXT},
}


class Renderer(JSONRenderer):
    """Arabic as it is written, in UTF-8: a third of its escapes."""

    json_dumps_params = {"ensure_ascii": False, "separators": (",", ":")}


class Api(NinjaAPI):
    """The description is made once: it is the same for everybody."""

    def get_openapi_schema(self, **asked: Any) -> OpenAPISchema:
        return self._described if not asked or not any(asked.values()) else super().get_openapi_schema(**asked)

    @cached_property
    def _described(self) -> OpenAPISchema:
        schema = super().get_openapi_schema()
        problem = shapes.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schema["components"]["schemas"] |= problem.pop("$defs", {}) | {"Problem": problem}
        schema["components"]["headers"] = HEADERS
        for methods in schema["paths"].values():
            for operation in methods.values():
                _complete(operation)
        return _plain(schema)


def _complete(operation: dict[str, Any]) -> None:
    """Say every answer, with its shape and headers; examples as OpenAPI wants them."""
    for parameter in operation["parameters"]:
        if examples := parameter.pop("examples", None):
            parameter["example"] = examples[0]
        for said in ("description", "example", "examples"):  # once is enough
            parameter["schema"].pop(said, None)
    answers = operation["responses"]
    secured = bool(operation.get("security"))
    told = EVERYWHERE | ({401: "No valid access token."} if secured else {304: "It is the text that you have."})
    for status, description in told.items():
        if status not in answers:
            answers[status] = {"description": description}
    for status, each in answers.items():
        each["description"] = USUAL.get(status, each["description"])
        if status >= 400:
            each["content"] = PROBLEM
        if names := _headers(status, secured=secured):
            each["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    operation["responses"] = {str(status): answers[status] for status in sorted(answers)}


def _headers(status: int, *, secured: bool) -> tuple[str, ...]:
    if status in {429, 503}:
        return ("Retry-After",)
    if status == 401:
        return ("WWW-Authenticate",)
    if secured or status not in {200, 304}:
        return ()
    return ("ETag", "Cache-Control", "Content-Language") if status == 200 else ("ETag", "Cache-Control")


def _plain(value: Any) -> Any:
    """Without what pydantic adds for itself: titles made of names, and defaults that are no values."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if not isinstance(value, dict):
        return value
    schema = "type" in value or "anyOf" in value or "$ref" in value or "enum" in value
    for name in [name for name in ("title", "default") if schema and name in value]:
        if (name == "title" and isinstance(value[name], str)) or value[name] is None:
            value.pop(name)
    for name, each in value.items():
        value[name] = _plain(each)
    return value
