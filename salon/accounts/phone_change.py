"""A person's number changes. Bookings, rights and consents stay: they belong to the person, not to the number."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from salon.accounts.models import User


class PhoneTaken(Exception):  # noqa: N818 - it reads as a fact, as the domain errors do
    """Somebody else has this number."""


def change_phone(*, user: User, phone: str) -> str:
    """Give `user` the proved E.164 `phone`; returns the old one ("" if there was none). Raises PhoneTaken.

    The unique column decides between two who prove the same number at one moment.
    """
    with transaction.atomic():
        row = User.objects.select_for_update().get(pk=user.pk)
        if row.anonymised_at is not None:  # deleted this very second: nobody is there to give it to
            raise PhoneTaken
        old = str(row.phone or "")
        row.phone = phone
        try:
            with transaction.atomic():
                row.save(update_fields=["phone"])
        except IntegrityError:
            raise PhoneTaken from None
    user.phone = row.phone
    return old
