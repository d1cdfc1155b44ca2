"""docs/api.md is true: its lines are run as they stand, one after the other, against a server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from salon.accounts.models import User
from salon.api.tests.app import LAMA, App
from salon.api.tests.visits import booked
from salon.settings import BASE_DIR
from salon.tests.people import rose

PAGE = (Path(BASE_DIR) / "docs" / "api.md").read_text()
STEP = re.compile(
    r"```sh\n(?P<line>curl [^\n]+)\n```\nAnswers \*\*(?P<status>\d{3})\*\*(?P<after>[^#]*?)(?=\n\n\*\*|\n\n#|\Z)"
)
KEEP = re.compile(r"Keep `([\w.]+)` as `(\w+)`")


def steps() -> list[tuple[str, int, str]]:
    return [(found["line"], int(found["status"]), found["after"]) for found in STEP.finditer(PAGE)]


def test_every_line_says_what_it_answers():
    assert len(steps()) == PAGE.count("\ncurl ") >= 12


@pytest.mark.django_db(transaction=True)
def test_the_lines_run_as_they_stand(live_server, inbox, tmp_path):
    assert shutil.which("curl"), "curl is needed to try the lines of docs/api.md"
    shop = rose()
    App(inbox).sign_in()  # somewhere else, so that there is a session to end
    booked(shop, User.objects.get(phone=LAMA))
    # What a reader would see by -i: the status, behind the body.
    (tmp_path / ".curlrc").write_text('write-out = "\\n%{http_code}"\nmax-time = 20\n')
    known = {"SITE": live_server.url, "CURL_HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    for line, status, after in steps():
        cache.clear()  # the reader waits thirty seconds between two codes
        if "$CODE" in line:
            known["CODE"] = App(inbox).codes()[0]
        done = subprocess.run(["/bin/bash", "-c", line], env=known, capture_output=True, text=True, check=True)  # noqa: S603 - the page's own lines
        body, _, answered = done.stdout.rpartition("\n")
        assert int(answered) == status, (line, body)
        answer = json.loads(body)
        for where, name in KEEP.findall(after):
            known[name] = str(at(answer, where))
    assert User.objects.get(phone=LAMA).name == "Lama"


def at(answer: Any, where: str) -> Any:
    """`data.0.id` of an answer."""
    for step in where.split("."):
        answer = answer[int(step)] if step.isdigit() else answer[step]
    return answer
