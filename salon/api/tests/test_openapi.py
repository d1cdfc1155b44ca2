"""The description leaves nothing unsaid, and the page for people says the same."""

from __future__ import annotations

import re

import pytest

from salon.api.v1 import api

SCHEMA = api.get_openapi_schema()
OPERATIONS = [(path, method, each) for path, methods in SCHEMA["paths"].items() for method, each in methods.items()]
NAMES = [each["operationId"] for _, _, each in OPERATIONS]
EVERY = pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS, ids=NAMES)


def test_it_is_openapi_3_1_with_names_that_stay():
    assert SCHEMA["openapi"] == "3.1.0"
    assert NAMES == [
        "listCities",
        "listCategories",
        "findSalons",
        "getSalon",
        "listServices",
        "listStaff",
        "listReviews",
        "findTimes",
        "me",
        "changeMe",
        "myBookings",
        "myBooking",
    ]


@EVERY
def test_every_status_is_described(path, method, operation):
    secured = bool(operation.get("security"))
    assert secured == path.startswith("/api/v1/me")
    expected = {"200", "400", "422", "429", "500", "503", "401" if secured else "304"} | (
        {"404"} if "{" in path else set()
    )
    assert set(operation["responses"]) == expected
    for status, answer in operation["responses"].items():
        assert answer["description"][-1] == "."
        kinds = list(answer.get("content", {}))
        assert kinds == (
            [] if status == "304" else ["application/json" if status == "200" else "application/problem+json"]
        )
    assert "Retry-After" in operation["responses"]["429"]["headers"]
    assert ("ETag" in operation["responses"]["200"].get("headers", {})) != secured


@EVERY
def test_every_parameter_has_words_and_bounds(path, method, operation):
    assert operation["summary"]
    assert operation["description"]
    assert not re.search(r"\bquer(y|ies)\.", operation["description"])  # how it is done is nobody's business
    for parameter in operation["parameters"]:
        schema = parameter["schema"]
        assert parameter["description"]
        assert schema.get("default", "") is not None
        if schema.get("type") in {"integer", "number"}:
            assert {"minimum", "maximum"} <= set(schema), parameter["name"]
        elif schema.get("type") == "string" and parameter["in"] == "query":
            assert set(schema) & {"maxLength", "pattern", "enum", "format"}, parameter["name"]


def test_every_reference_leads_somewhere():
    def references(value):
        if isinstance(value, dict):
            yield from ([value["$ref"]] if "$ref" in value else [])
            for each in value.values():
                yield from references(each)
        elif isinstance(value, list):
            for each in value:
                yield from references(each)

    for reference in set(references(SCHEMA)):
        _, part, kind, name = reference.split("/")
        assert name in SCHEMA[part][kind]


def test_no_shape_tells_more_than_it_may():
    """Phones of staff and guests have no field to travel in."""
    shapes = SCHEMA["components"]["schemas"]
    assert {name for name, each in shapes.items() if "phone" in each["properties"]} == {
        "SalonShape",
        "Me",
        "MySalonPlace",
    }
    assert set(shapes["ReviewShape"]["properties"]) == {"author", "rating", "text", "reply", "created_at"}
    assert set(shapes["StaffShape"]["properties"]) == {"id", "name", "title", "services"}


def test_the_page_tells_all_of_it_without_a_script(client):
    html = client.get("/api/v1/docs").content.decode()
    assert "<script" not in html
    assert "style=" not in html
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', html)
    for path, method, operation in OPERATIONS:
        assert f'id="{operation["operationId"]}"' in html
        assert f"<b>{method.upper()}</b> {path}" in html
    assert all(f'id="shape-{name}"' in html for name in SCHEMA["components"]["schemas"])
