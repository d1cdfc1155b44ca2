"""The code step of signing in, for people who have no row yet."""

from __future__ import annotations

from typing import Any

from allauth.account.stages import LoginByCodeStage
from django.http import HttpRequest

from salon.accounts.models import new_person


class PhoneCodeStage(LoginByCodeStage):
    """allauth finds the person of a pending sign-in by primary key; a new one is built from the phone again.

    Without this an unknown phone would get no code, and asking for another one would fail. Whether the phone got a
    row meanwhile is not asked here: it would be a query more for unknown phones, on every page. The adapter finds out
    when it inserts.
    """

    def __init__(self, controller: Any, request: HttpRequest, login: Any) -> None:
        super().__init__(controller, request, login)
        phone = self.state.get("phone")
        if login.user is None and phone:
            login.user = new_person(phone)
