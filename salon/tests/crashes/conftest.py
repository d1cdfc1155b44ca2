from __future__ import annotations

from salon.flows.tests.conftest import clock, gateway

__all__ = ["clock", "gateway"]
