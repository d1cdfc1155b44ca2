"""Which completed visits were reviewed, and in what words."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from salon.bookings.models import Booking
from salon.bookings.states import Status
from salon.jobs.demo.words import FAIR, GOOD, POOR, REPLIES
from salon.reviews.models import Review

STARS = (5,) * 64 + (4,) * 24 + (3,) * 7 + (2,) * 3 + (1,) * 2  # of a hundred


def review_of(booking: Booking, audience: str, now: datetime, dice: random.Random) -> Review | None:
    """About two of five completed visits are rated, and half of those with words."""
    reviewed, stars = dice.random() < 0.4, dice.choice(STARS)
    written_at = booking.ends_at + timedelta(minutes=dice.randrange(20, 3000))
    has_words, answered, pick = dice.random() < 0.5, dice.random() < 0.35, dice.random()
    if booking.status != Status.COMPLETED or not reviewed or written_at > now:
        return None
    shelf = {5: GOOD, 4: GOOD, 3: FAIR}.get(stars, POOR)
    texts = shelf["women" if audience == "both" else audience]
    replies = REPLIES[5 if stars >= 4 else 3 if stars == 3 else 1]
    return Review(
        booking=booking,
        salon=booking.salon,
        rating=stars,
        text=texts[int(pick * len(texts))] if has_words else "",
        reply=replies[int(pick * len(replies))] if has_words and answered else "",
        created_at=written_at,
    )
