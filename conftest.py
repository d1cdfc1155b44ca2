"""Hypothesis profiles: deterministic and quick by default, HYPOTHESIS_PROFILE=thorough for a long night."""

from __future__ import annotations

import os

import pytest
from django.db.backends.sqlite3.base import DatabaseOperations
from django.utils import translation
from hypothesis import HealthCheck, settings

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.register_profile("thorough", deadline=None, suppress_health_check=list(HealthCheck), max_examples=20_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(autouse=True)
def _own_language():
    """A page asked for in English leaves English behind for whatever runs next in its thread."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True, scope="session")
def _flush_past_the_guards():
    """Tests that commit empty every table afterwards, which on SQLite is a DELETE that append-only tables refuse."""
    flush = DatabaseOperations.execute_sql_flush

    def past_the_guards(self, sql_list):
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%BEFORE DELETE%'")
            guards = cursor.fetchall()
            for name, _sql in guards:
                cursor.execute(f"DROP TRIGGER {name}")
        try:
            flush(self, sql_list)
        finally:
            with self.connection.cursor() as cursor:
                for _name, sql in guards:
                    cursor.execute(sql)

    DatabaseOperations.execute_sql_flush = past_the_guards
    yield
    DatabaseOperations.execute_sql_flush = flush


@pytest.fixture
def inbox(settings, tmp_path):
    """Where the console provider keeps what it "sent"."""
    settings.DEV_INBOX = tmp_path / "inbox.jsonl"
    return settings.DEV_INBOX
