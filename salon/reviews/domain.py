"""Publishing and hiding what guests say, with the salon's rating kept in step."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Count, Sum

from salon.reviews.models import Review, ReviewStatus
from salon.salons.models import Salon


def refresh_rating(salon: Salon) -> None:
    """Count the published reviews of `salon` again. Recounting never drifts; adding and subtracting would."""
    found = Review.objects.filter(salon=salon, status=ReviewStatus.PUBLISHED).aggregate(
        total=Sum("rating"), number=Count("pk")
    )
    salon.rating_sum, salon.rating_count = found["total"] or 0, found["number"]
    salon.save(update_fields=["rating_sum", "rating_count"])


def hide(*, reviews: Iterable[Review]) -> int:
    """Take `reviews` off their salons' pages. Returns how many were published until now."""
    return _move(reviews, ReviewStatus.HIDDEN)


def publish(*, reviews: Iterable[Review]) -> int:
    """Show `reviews` again. Returns how many were hidden until now."""
    return _move(reviews, ReviewStatus.PUBLISHED)


def _move(reviews: Iterable[Review], to: ReviewStatus) -> int:
    """Set the status and recount. The salon row is locked first, so that two recounts never read past each other."""
    wanted = list(reviews)
    salon_pks = sorted({review.salon_id for review in wanted})
    with transaction.atomic():
        salons = list(Salon.objects.select_for_update(no_key=True).filter(pk__in=salon_pks).order_by("pk"))
        changed = Review.objects.filter(pk__in=[review.pk for review in wanted]).exclude(status=to).update(status=to)
        for salon in salons:
            refresh_rating(salon)
    return changed
