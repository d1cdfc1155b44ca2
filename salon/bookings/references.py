"""The word a guest reads out on the phone: six characters that nobody confuses."""

from __future__ import annotations

import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Digits and capitals without 0 and O, 1, I and L: they look alike on paper and in most fonts."""

LENGTH = 6


def new_reference() -> str:
    """One of 887 million, unguessable. Uniqueness is the column's: on a clash the writer starts over."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
