"""Who does what of a visit, how long and for how much: from rows to what the engine is asked. Pure.

Price and minutes of one person: their own for that service or variant, else the variant's, else the service's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from salon.bookings.errors import NotOffered
from salon.bookings.hot_reads import OfferRow
from salon.bookings.legs import Leg
from salon.bookings.models import LONGEST_BUSY_MINUTES
from salon.core.money import Halalas
from salon.salons.models import Service, Variant

Pick = Service | Variant
"""What a guest chooses: a service, or one variant of a service that has them."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One person and the visit: a leg and a price for each service, None where they do not do it."""

    staff_id: int
    position: int
    name_ar: str
    name_en: str
    title_ar: str
    title_en: str
    hue: int
    legs: tuple[Leg | None, ...]
    prices: tuple[Halalas | None, ...]

    @property
    def does_all(self) -> bool:
        return None not in self.legs

    @property
    def minutes(self) -> int:
        """Of what they do of it, without buffers."""
        return sum(leg.minutes for leg in self.legs if leg)

    @property
    def occupied(self) -> int:
        """Minutes that all they do would take in one run, outer buffers included."""
        legs = [leg for leg in self.legs if leg]
        return legs[0].buffer_before + self.minutes + legs[-1].buffer_after if legs else 0

    @property
    def price(self) -> Halalas:
        """Of what they do of it."""
        return sum(price for price in self.prices if price is not None)


def service_of(pick: Pick) -> Service:
    return pick.service if isinstance(pick, Variant) else pick


def variant_of(pick: Pick) -> Variant | None:
    return pick if isinstance(pick, Variant) else None


def offers(rows: Sequence[OfferRow], picks: Sequence[Pick]) -> list[Offer]:
    """Everybody who does at least one of `picks`, in the salon's order of its team."""
    by_staff: dict[int, dict[tuple[int, int | None], OfferRow]] = defaultdict(dict)
    for row in rows:
        by_staff[row.staff_id][row.service_id, row.variant_id] = row
    everyone = [_offer(known, picks) for known in by_staff.values()]
    return sorted((offer for offer in everyone if any(offer.legs)), key=lambda offer: (offer.position, offer.staff_id))


def chosen(everyone: Sequence[Offer], staff_id: int | None) -> list[Offer]:
    """Those who may take part: everybody who does any of it, or the one asked for.

    Raises NotOffered when that person does not do all of it, when a service has nobody at all, and for a visit longer
    than a day.
    """
    if staff_id is None:
        people = list(everyone)
        if not people or any(not any(legs) for legs in zip(*(offer.legs for offer in people), strict=True)):
            raise NotOffered("nobody here does all that is asked")
    else:
        people = [offer for offer in everyone if offer.staff_id == staff_id and offer.does_all]
        if not people:
            raise NotOffered(f"staff member {staff_id} does not do all that is asked")
    if any(offer.occupied > LONGEST_BUSY_MINUTES for offer in people):
        raise NotOffered("longer than a day")
    return people


def _offer(known: dict[tuple[int, int | None], OfferRow], picks: Sequence[Pick]) -> Offer:
    """One person's rows, put beside the visit. Only the row without a variant says that they do the service."""
    legs: list[Leg | None] = []
    prices: list[Halalas | None] = []
    for pick in picks:
        service = service_of(pick)
        if (service.pk, None) not in known:
            legs.append(None)
            prices.append(None)
            continue
        own = known.get((service.pk, pick.pk if isinstance(pick, Variant) else None))
        minutes = pick.minutes if own is None or own.minutes is None else own.minutes
        legs.append(Leg(minutes, service.buffer_before, service.buffer_after))
        prices.append(pick.price if own is None or own.price is None else own.price)
    row = next(iter(known.values()))
    return Offer(
        staff_id=row.staff_id,
        position=row.position,
        name_ar=row.name_ar,
        name_en=row.name_en,
        title_ar=row.title_ar,
        title_en=row.title_en,
        hue=row.hue,
        legs=tuple(legs),
        prices=tuple(prices),
    )
