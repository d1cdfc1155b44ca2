from __future__ import annotations

from salon.flows.tests.conftest import clock, gateway, visit

__all__ = ["clock", "gateway", "visit"]
