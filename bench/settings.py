"""The product's settings, unchanged, with two yardsticks beside its pages (`bench.urls`). For measuring only."""

from __future__ import annotations

from salon.settings import *  # noqa: F403 - it is the same settings

ROOT_URLCONF = "bench.urls"
