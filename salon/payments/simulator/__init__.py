"""Moyasar on this machine, for development and tests: its HTTP, its hosted page, its webhooks, its faults.

Written from the documentation alone and sharing nothing with `gateways.moyasar`, so that each checks the other.
Standard library only. `python -m salon.payments.simulator --help` runs it.
"""

from __future__ import annotations

from salon.payments.simulator.running import Simulator

__all__ = ["Simulator"]
