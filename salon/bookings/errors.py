"""What can go wrong with a booking, each by its own name. Raised by `bookings` and `flows`; the surface turns them
into words and status codes, so a message here is for an owner's or operator's eye or for the log.
"""
# ruff: noqa: N818 - they read as facts: a slot is taken, a hold has expired

from __future__ import annotations

from django.utils.functional import Promise


class BookingError(Exception):
    """The parent of all of them."""


class SlotTaken(BookingError):
    """Somebody was faster, or the time is not open any more: answer 409 with fresh times."""


class HoldExpired(BookingError):
    """The ten minutes are over, or the hold was given up: back to choosing a time, with the choice kept."""


class TooManyHolds(BookingError):
    """One address or one phone keeps more chairs than is fair. `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        """Say after how many seconds the oldest of those holds ends."""
        super().__init__(f"too many holds, the first one ends in {retry_after} s")
        self.retry_after = retry_after


class NotOffered(BookingError):
    """The salon does not offer this: an unknown service, a missing variant, a person who does not do it."""


class IllegalMove(BookingError):
    """The booking cannot go there from where it is, or not yet. `reason` is fit to show to who pressed the button."""

    def __init__(self, reason: str | Promise = "") -> None:
        """Keep the reason as it is: a lazy string is translated when it is shown."""
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return str(self.reason)


class StaleState(BookingError):
    """The booking changed since it was read: read it again and look before pressing anything."""
