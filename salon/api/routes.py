"""Declaring an endpoint that reads: its shape, how long its answer keeps, and no parameter that it does not know."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, TypeVar

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.operation import Operation
from ninja.utils import contribute_operation_callback

from salon.api import shapes
from salon.api.problems import Problem, Wrong

View = TypeVar("View", bound=Callable[..., Any])


def read(  # noqa: ANN201 - a decorator
    router: Router,
    path: str,
    shape: type[Schema],
    *,
    seconds: int,
    operation_id: str,
    summary: str,
    about: str = "",
    tag: str = "Salons",
):
    """Register a view that answers `shape`. `seconds`: how long anybody may use the answer without asking again.

    `summary` and `about` are for readers of the documentation, the docstring of the view is for us.
    """

    def register(view: View) -> View:
        contribute_operation_callback(view, partial(_guard, seconds=seconds))
        responses: dict[int, Any] = {200: shape}
        if "{" in path:
            responses[404] = shapes.Problem
        declare = router.get(
            path,
            response=responses,
            operation_id=operation_id,
            summary=summary,
            description=about,
            tags=[tag],
        )
        return declare(view)

    return register


def _guard(operation: Operation, *, seconds: int) -> None:
    """A misspelt filter would find everything, and one given twice would be read by half: both are refused."""
    view = operation.view_func
    query = [model for model in operation.models if model.__ninja_param_source__ == "query"]
    known = {name for model in query for name in model.__ninja_flatten_map__}
    lists = {name for model in query for name in model.__ninja_collection_fields__}

    @wraps(view)
    def guarded(request: HttpRequest, **values: Any) -> Any:
        errors: list[Wrong] = []
        for name, given in request.GET.lists():
            where = f"query.{name[:40]}"
            if name not in known:
                errors.append({"where": where, "code": "unknown", "message": "There is no such parameter."})
            elif name not in lists and len(given) > 1:
                errors.append({"where": where, "code": "repeated", "message": "Give it once."})
        if errors:
            raise Problem("invalid", errors=errors[:20])
        request.fresh_for = seconds  # type: ignore[attr-defined] - read by `surface`
        return view(request, **values)

    operation.view_func = guarded
