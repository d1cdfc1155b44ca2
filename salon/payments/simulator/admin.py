"""The switchboard over HTTP, for tests that run in another process: `/admin/faults`, with the secret key.

GET    what waits
POST   {"operation": "refund", "kind": "timeout", "times": 1, "applied": true, "seconds": 2}
DELETE forget all of them
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from salon.payments.simulator import wire
from salon.payments.simulator.faults import KINDS, OPERATIONS

if TYPE_CHECKING:
    from salon.payments.simulator.server import Server

_NAMES = {"operation": str, "kind": str, "times": int, "applied": bool, "seconds": int | float}


def answer(server: Server, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Any]:
    """`(status, document)`; nothing here is Moyasar's."""
    right = "Basic " + base64.b64encode(f"{server.secret_key}:".encode()).decode()
    if not hmac.compare_digest(str(headers.get("Authorization", "")).encode(), right.encode()):
        return 401, {"message": "the secret key is needed"}
    match (method, path):
        case ("GET", "/admin/faults"):
            waiting = server.faults.waiting()
            rows = [{"operation": one.operation, "kind": one.kind, "times": one.times} for one in waiting]
            return 200, {"waiting": rows, "operations": sorted(OPERATIONS), "kinds": sorted(KINDS)}
        case ("POST", "/admin/faults"):
            return _add(server, body)
        case ("DELETE", "/admin/faults"):
            server.faults.clear()
            return 200, {}
    return 404, {"message": "GET, POST or DELETE /admin/faults"}


def _add(server: Server, body: bytes) -> tuple[int, Any]:
    try:
        asked = wire.load(body)
        if any(name not in _NAMES or not isinstance(value, _NAMES[name]) for name, value in asked.items()):
            return 400, {"message": f"the fields are {', '.join(_NAMES)}"}
        server.faults.add(asked.pop("operation", ""), asked.pop("kind", ""), **asked)
    except wire.ApiError as error:
        return error.status, error.body
    except ValueError as error:
        return 400, {"message": str(error)}
    return 201, {}
