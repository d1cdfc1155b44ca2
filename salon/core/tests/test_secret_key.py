"""Without SECRET_KEY nothing is served and nothing works; what only looks at the code runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
MISSING = "SECRET_KEY is empty: set it in the environment or in .env"


def run(*words, **extra):
    env = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "salon.settings", "ENV_FILE": os.devnull, **extra}
    return subprocess.run([sys.executable, *words], cwd=ROOT, env=env, capture_output=True, text=True, check=False)  # noqa: S603 - our own commands


@pytest.mark.parametrize(
    "command", [("makemigrations", "--check", "--dry-run"), ("check",)], ids=lambda words: words[0]
)
def test_what_wants_no_secret(command, tmp_path):
    done = run("manage.py", *command, DATABASE_URL=f"sqlite:///{tmp_path}/none.sqlite3")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("words", [("-c", "import salon.wsgi"), ("manage.py", "tick"), ("-c", "import salon.celery")])
def test_what_refuses_to_begin(words, tmp_path):
    url = f"sqlite:///{tmp_path}/none.sqlite3"
    done = run(*words, DATABASE_URL=url, CELERY_BROKER_URL="memory://")
    assert done.returncode != 0
    assert MISSING in done.stderr


def test_with_one_it_begins(tmp_path):
    url = f"sqlite:///{tmp_path}/none.sqlite3"
    assert run("-c", "import salon.wsgi", DATABASE_URL=url, SECRET_KEY="some").returncode == 0
