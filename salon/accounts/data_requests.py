"""Requests of people about their own data, and the day by which the law wants an answer.

Here is only the book of requests: what a copy holds and what a deletion does is told in `flows`.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from salon.accounts.models import DataRequest, DataRequestKind, DataRequestState, User
from salon.core.transactions import require_transaction

ANSWER_WITHIN: Final = dt.timedelta(days=30)
"""Personal Data Protection Law, articles 4 and 5 with the implementing regulation."""


def open_deletion(user: User) -> DataRequest | None:
    """The deletion this person is waiting for. One query."""
    return DataRequest.objects.filter(user=user, kind=DataRequestKind.DELETION, state=DataRequestState.OPEN).first()


def ask_deletion(user: User, *, now: dt.datetime) -> DataRequest:
    """The open request to delete the account: the one there is, or a new one with its due date.

    Wants the caller's transaction and the lock of the person's row, so that two presses give one.
    """
    require_transaction()
    return open_deletion(user) or DataRequest.objects.create(
        user=user, kind=DataRequestKind.DELETION, requested_at=now, due_at=now + ANSWER_WITHIN
    )


def answered_copy(user: User, *, now: dt.datetime) -> DataRequest:
    """Write down that a copy of the data was asked for and handed over at once."""
    return DataRequest.objects.create(
        user=user,
        kind=DataRequestKind.EXPORT,
        state=DataRequestState.DONE,
        requested_at=now,
        due_at=now + ANSWER_WITHIN,
        closed_at=now,
    )


def close(request: DataRequest, state: DataRequestState, *, now: dt.datetime) -> bool:
    """Close an open request as DONE or WITHDRAWN; False when it is not open any more."""
    rows = DataRequest.objects.filter(pk=request.pk, state=DataRequestState.OPEN)
    return bool(rows.update(state=state, closed_at=now))


def is_overdue(request: DataRequest, *, now: dt.datetime) -> bool:
    """Whether its day has passed and nobody has answered."""
    return request.state == DataRequestState.OPEN and request.due_at < now
