"""What allauth's endpoints for apps tell about a person."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from allauth.headless.adapter import DefaultHeadlessAdapter

from salon.accounts.models import User


@dataclass(frozen=True, slots=True)
class Person:
    """The person an app is signed in as. `phone` is E.164; `name` may be empty until the first booking."""

    id: str
    phone: str
    name: str
    language: str


class HeadlessAdapter(DefaultHeadlessAdapter):
    """Phone, name and language instead of e-mail and password, which nobody has here."""

    def get_user_dataclass(self) -> type[Person]:
        return Person

    def user_as_dataclass(self, user: User) -> Person:
        return Person(id=str(user.pk), phone=str(user.phone or ""), name=user.name, language=user.language)

    def serialize_user(self, user: User) -> dict[str, Any]:
        """All fields, always: allauth's would leave an empty name out."""
        return asdict(self.user_as_dataclass(user))
