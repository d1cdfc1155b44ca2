"""The end of an account: the row stays for invoices and the ledger, and nothing in it says who that was.

Which accounts may be closed, and what of a guest's bookings goes with them, is told in `flows.data_rights`.
"""

from __future__ import annotations

import datetime as dt

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session

from salon.accounts.models import UsageCounter, User
from salon.core.transactions import require_transaction


def lock_person(user: User) -> User:
    """The person's row as it is now; nobody closes the account or takes a consent until the transaction ends.

    It comes before every other lock: person, then staff, then booking, then payment. With no_key, so that rows that
    merely point at the person need not wait. One query.
    """
    require_transaction()
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def close_account(user: User, *, now: dt.datetime) -> None:
    """Forget who `user` is: phone, name, choices, every session and key. Consents stay: they prove what was allowed.

    The row keeps its language and the day it was made. Counters of codes for the number go too. `user` is locked by
    the caller; it is brought up to date. The phone is cleared last, for it is the one change that others' foreign
    keys wait for.
    """
    require_transaction()
    if user.phone:
        UsageCounter.objects.filter(key=str(user.phone)).delete()
        # An operator who lifted a limit is in the log with the counter's number.
        LogEntry.objects.filter(object_repr__contains=str(user.phone)).update(object_repr="")
    keys = UserSession.objects.filter(user=user)
    Session.objects.filter(session_key__in=list(keys.values_list("session_key", flat=True))).delete()
    keys.delete()
    Authenticator.objects.filter(user=user).delete()
    # What operators changed in it was logged under the name it had.
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.filter(content_type=kind, object_id=str(user.pk)).update(object_repr="")
    user.phone, user.name, user.code_channel, user.letter_channel = None, "", "", ""
    user.is_active, user.anonymised_at, user.last_login = False, now, None
    user.set_unusable_password()  # a session made of the old one is nobody's either
    user.save(
        update_fields=[
            *("phone", "name", "code_channel", "letter_channel"),
            *("is_active", "anonymised_at", "last_login", "password"),
        ]
    )
