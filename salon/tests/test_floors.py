"""The tower: imports go down only, and rooms on one floor never import each other (docs/architecture.md).

Imports inside functions count, and so do names in strings ("bookings.Booking", "salon.bookings.models").
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
FLOORS = [
    {"core"},
    {"messaging"},
    {"accounts"},
    {"salons"},
    {"bookings"},
    {"payments", "notifications", "reviews"},
    {"flows"},
    {"web", "owner", "api", "jobs"},
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS, start=1) for room in rooms}
OUTSIDE = {"settings.py", "urls.py", "wsgi.py", "asgi.py", "celery.py"}  # they may see everything
IN_A_STRING = re.compile(rf"^(?:salon\.)?({'|'.join(FLOOR)})\.[A-Za-z_.]+$")


def rooms_named(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Each room that the code names, with its line."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names = [f"salon.{found[1]}"] if (found := IN_A_STRING.match(node.value)) else []
        for name in names:
            parts = name.split(".")
            if parts[0] == "salon" and len(parts) > 1 and parts[1] in FLOOR:
                yield node.lineno, parts[1]


def breaches(path: Path, source: str) -> list[str]:
    room = path.relative_to(HOUSE).parts[0]
    return [
        f"salon/{path.relative_to(HOUSE)}:{line}: {room} (floor {FLOOR[room]}) names {other} (floor {FLOOR[other]})"
        for line, other in rooms_named(ast.parse(source))
        if other != room and FLOOR[other] >= FLOOR[room]
    ]


def files() -> list[Path]:
    return [
        path
        for path in sorted(HOUSE.rglob("*.py"))
        if "tests" not in path.parts and "migrations" not in path.parts and path.relative_to(HOUSE).parts[0] in FLOOR
    ]


def test_imports_go_down_only():
    found = [line for path in files() for line in breaches(path, path.read_text())]
    assert not found, "\n" + "\n".join(found)


def test_every_room_has_a_floor():
    folders = {path.name for path in HOUSE.iterdir() if (path / "__init__.py").exists()} - {"tests"}
    assert folders == set(FLOOR)
    loose = {path.name for path in HOUSE.glob("*.py")} - {"__init__.py"}
    assert loose <= OUTSIDE


def test_the_tower_notices():
    path = HOUSE / "salons" / "models" / "salon.py"
    assert breaches(path, "def f():\n    from salon.bookings.models import Booking\n")
    assert breaches(path, "import salon.web.book")
    assert breaches(path, "x = ForeignKey('bookings.Booking')")
    assert not breaches(path, "from salon.core import clock")
    assert breaches(HOUSE / "payments" / "domain.py", "from salon.reviews.models import Review")


def test_files_stay_small():
    """A concept that needs more than 400 lines is two concepts."""
    long = [f"{path.relative_to(HOUSE)}: {n}" for path in files() if (n := len(path.read_text().splitlines())) > 400]
    assert not long
