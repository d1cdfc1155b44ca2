"""The wire that leads to the log: for development and tests, where nobody should pay for an SMS."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from salon.messaging.base import Receipt

logger = logging.getLogger("salon.messaging.console")

KEPT: Final = 50
"""How many messages the inbox shows."""

_TRIM_BYTES: Final = 128 * 1024


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as the inbox keeps it. `at` is aware UTC."""

    at: dt.datetime
    to: str
    text: str


class ConsoleSmsClient:
    """Logs one line a message, `SMS to +966551234567 : <text>`; keeps the last ones in the file `inbox` if given."""

    def __init__(self, inbox: Path | None = None) -> None:
        self.inbox = inbox

    def send(self, to: str, text: str) -> Receipt:
        """Never refuses. Line breaks of the text become spaces in the log, so that a message stays one line."""
        return _deliver("SMS", self.inbox, to, text)


class ConsoleWhatsAppClient:
    """The same for WhatsApp, `WhatsApp to +966551234567 : <text>`: a template's parameters, a line each."""

    def __init__(self, inbox: Path | None = None) -> None:
        self.inbox = inbox

    def send_template(
        self,
        to: str,
        *,
        template: str,  # noqa: ARG002 - nobody here knows its words
        language: str,  # noqa: ARG002 - the same
        parameters: Sequence[str],
        button: str = "",
    ) -> Receipt:
        """Never refuses. Only what fills the template is shown."""
        return _deliver("WhatsApp", self.inbox, to, "\n".join(parameters) or button)


def _deliver(channel: str, inbox: Path | None, to: str, text: str) -> Receipt:
    logger.info("%s to %s : %s", channel, to, " ".join(text.split()))
    if inbox is not None:
        _keep(inbox, to, text)
    return Receipt()


def read_inbox(inbox: Path, limit: int = KEPT) -> list[Letter]:
    """The last `limit` messages of any process, newest first. A file that is missing is an empty inbox."""
    try:
        lines = inbox.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    letters = []
    for line in reversed(lines):
        with suppress(ValueError, KeyError, TypeError):  # a line cut by a crash, or by hand
            row = json.loads(line)
            letters.append(Letter(at=dt.datetime.fromisoformat(row["at"]), to=row["to"], text=row["text"]))
        if len(letters) == limit:
            break
    return letters


def _keep(inbox: Path, to: str, text: str) -> None:
    inbox.parent.mkdir(parents=True, exist_ok=True)
    row = {"at": dt.datetime.now(dt.UTC).isoformat(), "to": to, "text": text}
    line = json.dumps(row, ensure_ascii=False) + "\n"
    # One write in append mode: lines of several processes do not mix.
    handle = os.open(inbox, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line.encode())
    finally:
        os.close(handle)
    if inbox.stat().st_size > _TRIM_BYTES:
        _trim(inbox)


def _trim(inbox: Path) -> None:
    """Only the newest stay. A message written at this very moment may be lost: it is an inbox for development."""
    kept = inbox.read_text(encoding="utf-8").splitlines(keepends=True)[-KEPT:]
    handle, name = tempfile.mkstemp(dir=inbox.parent, prefix=inbox.name)
    with os.fdopen(handle, "w", encoding="utf-8") as fresh:
        fresh.writelines(kept)
    Path(name).replace(inbox)
