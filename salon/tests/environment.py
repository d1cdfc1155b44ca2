"""Loaded before Django (pytest -p): the environment every test runs in, whatever the shell says."""

from __future__ import annotations

import os
from pathlib import Path

STATIC = Path(__file__).resolve().parents[2] / "var" / "static-of-tests"
STATIC.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns when it has nothing to look at

os.environ.update(
    {
        "STATIC_ROOT": str(STATIC),
        "DEBUG": "false",
        "SECRET_KEY": "tests-only",
        "SITE_URL": "http://testserver",
        "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
        "STATIC_MANIFEST": "false",
        "SQLITE_SYNCHRONOUS": "OFF",
        "OTP_PROVIDER": "console",
        "NOTIFICATION_PROVIDER": "console",
        "PAYMENT_GATEWAY": "simulator",
    }
)
os.environ.setdefault("DATABASE_URL", "")
if not os.environ["DATABASE_URL"]:
    del os.environ["DATABASE_URL"]
os.environ.pop("CACHE_URL", None)
