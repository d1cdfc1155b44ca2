"""Where the simulator keeps what happened: one SQLite file, or memory when no file is named."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Doc = dict[str, Any]

_TABLES = """
CREATE TABLE IF NOT EXISTS docs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL, invoice_id TEXT, doc TEXT NOT NULL,
    UNIQUE (kind, id)
);
CREATE INDEX IF NOT EXISTS docs_of_invoice ON docs (invoice_id) WHERE invoice_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL, body TEXT NOT NULL, retries INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL, state TEXT NOT NULL DEFAULT 'waiting',
    answer TEXT NOT NULL DEFAULT ''
);
"""


class Store:
    """Whole documents by kind and id. Every method is safe from any thread; `change()` makes several writes one."""

    def __init__(self, path: Path | str | None = None) -> None:
        if path is not None:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(str(path or ":memory:"), check_same_thread=False, isolation_level=None)
        self._lock = threading.RLock()
        self._depth = 0
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_TABLES)

    @contextmanager
    def change(self) -> Iterator[None]:
        """All writes inside happen, or none; nobody else reads or writes meanwhile."""
        with self._lock:
            outermost = self._depth == 0
            if outermost:
                self._db.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                if outermost:
                    self._db.execute("ROLLBACK")
                raise
            else:
                if outermost:
                    self._db.execute("COMMIT")
            finally:
                self._depth -= 1

    def put(self, kind: str, doc: Doc) -> None:
        """Insert or replace by `doc["id"]`; a replaced document keeps its place in lists."""
        with self._lock:
            self._db.execute(
                "INSERT INTO docs (kind, id, invoice_id, doc) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (kind, id) DO UPDATE SET doc = excluded.doc",
                (kind, doc["id"], doc.get("invoice_id"), json.dumps(doc, ensure_ascii=False)),
            )

    def get(self, kind: str, doc_id: str) -> Doc | None:
        with self._lock:
            row = self._db.execute("SELECT doc FROM docs WHERE kind = ? AND id = ?", (kind, doc_id)).fetchone()
        return json.loads(row[0]) if row else None

    def newest_first(self, kind: str) -> list[Doc]:
        with self._lock:
            rows = self._db.execute("SELECT doc FROM docs WHERE kind = ? ORDER BY seq DESC", (kind,)).fetchall()
        return [json.loads(row[0]) for row in rows]

    def of_invoice(self, invoice_id: str) -> list[Doc]:
        """Its payments, newest first."""
        with self._lock:
            rows = self._db.execute("SELECT doc FROM docs WHERE invoice_id = ? ORDER BY seq DESC", (invoice_id,))
            return [json.loads(row[0]) for row in rows.fetchall()]

    def enqueue(self, *, url: str, body: str, due: float, retries: int) -> None:
        """A call we owe to somebody. `due` is epoch seconds, `retries` how often a failure is tried again."""
        with self._lock:
            self._db.execute(
                "INSERT INTO deliveries (url, body, due, retries) VALUES (?, ?, ?, ?)", (url, body, due, retries)
            )

    def next_delivery(self) -> tuple[int, str, str, int, int, float] | None:
        """(seq, url, body, retries, attempts, due) of the one that is due first."""
        with self._lock:
            return self._db.execute(
                "SELECT seq, url, body, retries, attempts, due FROM deliveries"
                " WHERE state = 'waiting' ORDER BY due, seq LIMIT 1"
            ).fetchone()

    def record_delivery(self, seq: int, *, state: str, attempts: int, due: float, answer: str) -> None:
        with self._lock:
            self._db.execute(
                "UPDATE deliveries SET state = ?, attempts = ?, due = ?, answer = ? WHERE seq = ?",
                (state, attempts, due, answer, seq),
            )

    def deliveries(self) -> list[Doc]:
        with self._lock:
            rows = self._db.execute("SELECT url, body, attempts, state, answer FROM deliveries ORDER BY seq").fetchall()
        return [dict(zip(("url", "body", "attempts", "state", "answer"), row, strict=True)) for row in rows]

    def close(self) -> None:
        with self._lock:
            self._db.close()
