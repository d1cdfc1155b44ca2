"""How long to wait before trying again."""

from __future__ import annotations

import random
from datetime import timedelta

STEPS = (15, 60, 300, 900, 3600)
"""Seconds after the first, second … failure; hourly from then on."""


def pause(attempts: int) -> timedelta:
    """The wait after `attempts` failures (1 or more), a tenth up or down so that a crowd does not return as one."""
    seconds = STEPS[min(max(attempts, 1), len(STEPS)) - 1]
    return timedelta(seconds=seconds * random.uniform(0.9, 1.1))
