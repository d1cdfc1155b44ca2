"""From what a salon asks to the promise made for one visit: the snapshot in `Booking.policy`. Pure.

Money in halalas, time in minutes. Presets are those that salons in Saudi Arabia publish: free until 4 hours, a day or
14 days before, a deposit of a quarter (strict: a half), fifteen minutes of grace.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal, NamedTuple, Protocol, TypedDict

from salon.core.money import Halalas, percent_of

VERSION: Final = 2
"""Of the snapshot. 1 had no `version`; after its cutoff all that was paid was kept."""

LEAST_PAYMENT: Final[Halalas] = 100
"""The gateway takes no less than one riyal."""

NONE, DEPOSIT, FULL, HOLD = "none", "deposit", "full", "hold"
"""What is asked before the visit. HOLD: the deposit is authorised when booking and captured at the visit."""

NOTHING, ALL = "nothing", "all"
"""With DEPOSIT: what is kept of the money paid."""

_SEVERITY: Final = {NOTHING: 0, DEPOSIT: 1, ALL: 2}


class Preset(NamedTuple):
    """What a salon's policy means where the salon says nothing else."""

    free_minutes: int
    deposit_percent: int
    late: str
    no_show: str
    grace_minutes: int = 15


PRESETS: Final[dict[str, Preset]] = {
    "flexible": Preset(4 * 60, 25, DEPOSIT, DEPOSIT),
    "standard": Preset(24 * 60, 25, DEPOSIT, DEPOSIT),
    "strict": Preset(14 * 24 * 60, 50, DEPOSIT, ALL),
}


class Own(Protocol):
    """Terms of a service's or a season's own; None is "as the salon". `salons.models.OwnTerms` has them."""

    prepayment: str | None
    deposit_percent: int | None
    deposit_amount: Halalas | None
    free_minutes: int | None


class House(Protocol):
    """The salon's terms; None is "as the preset". `salons.models.Salon` has them."""

    policy: str
    prepayment: str
    deposit_percent: int | None
    deposit_amount: Halalas | None
    free_minutes: int | None
    late_keeps: str | None
    no_show_keeps: str | None
    no_show_credit: bool
    grace_minutes: int | None


class Part(NamedTuple):
    """One service of the visit: its own terms, if any, and its price."""

    own: Own | None
    price: Halalas


class Usual(NamedTuple):
    """What a salon asks on an ordinary day for a service without terms of its own. One of the deposits is None."""

    prepayment: str
    deposit_percent: int | None
    deposit_amount: Halalas | None
    free_minutes: int


class Terms(TypedDict):
    """The snapshot: plain values, fit for JSON.

    `deposit` is what must be paid in advance (0: nothing; the price: all of it). `deposit_percent` says the same in
    words where one share stands for the whole visit. `late` and `no_show` name what is kept; with `no_show_credit` what
    a no-show leaves becomes credit for a later visit (`payments.credit`). `bound` is money that a late move has
    already cost (see `policy.move_due`).
    """

    version: int
    preset: str
    free_minutes: int
    grace_minutes: int
    prepayment: str
    deposit: Halalas | None
    deposit_percent: int | None
    late: Literal["deposit", "all"]
    no_show: Literal["nothing", "deposit", "all"]
    no_show_credit: bool
    bound: Halalas


class _Rule(NamedTuple):
    """How something is prepaid: a fixed `amount`, or else `percent`, unless nothing or everything is."""

    kind: str
    percent: int
    amount: Halalas | None

    def asks(self, price: Halalas) -> Halalas:
        """Of this price: never more than it, nothing under a riyal, else at least what the gateway takes."""
        if self.kind == NONE or price < LEAST_PAYMENT:
            return 0
        if self.kind == FULL:
            return price
        return min(price, max(LEAST_PAYMENT, self.amount or percent_of(price, self.percent)))


def promise(
    house: House,
    price: Halalas,
    *,
    parts: Sequence[Part] = (),
    seasons: Iterable[Own] = (),
    can_hold: bool = True,
) -> Terms:
    """The terms of a salon as they are now, for a visit of `price` made of `parts`, on a day of these `seasons`.

    A service's own terms and a season's replace the salon's; where both speak, the stricter one does: a bride's visit
    stays a bride's in Eid, and Eid is Eid for everybody. Of several services the visit has the strictest sensible
    combination, for it is one appointment that is kept or called off as one:

    - one deadline, the earliest, since nobody can cancel half a visit, nor be asked to remember two times;
    - the deposits added up, each of its own service: the bride's deposit is not asked of the manicure beside her gown.
      The salon's own fixed amount is asked once a visit. What is wholly prepaid counts with its whole price;
    - authorised only when every service that asks for money is content with that. Where a card cannot be held to until
      the visit is over (`can_hold`), the same deposit is paid at once.

    A no-show never costs less than a late cancellation, or staying away would pay. Under a riyal there is nothing to
    prepay.
    """
    preset = PRESETS[house.policy]
    known = [*seasons]
    rule = _Rule(house.prepayment, house.deposit_percent or preset.deposit_percent, house.deposit_amount)
    asked = _Asked(rule, [_replaced(rule, season) for season in known], price)
    for part in parts or (Part(None, price),):
        asked.take(part)
    kind, deposit, percent = asked.total()
    kind = DEPOSIT if kind == HOLD and not can_hold else kind
    late = house.late_keeps or preset.late
    no_show = max(late, house.no_show_keeps or preset.no_show, key=_SEVERITY.__getitem__)
    return {
        "version": VERSION,
        "preset": str(house.policy),
        "free_minutes": _cutoff(house, preset, known, parts),
        "grace_minutes": preset.grace_minutes if house.grace_minutes is None else house.grace_minutes,
        "prepayment": kind,
        "deposit": deposit,
        "deposit_percent": percent,
        "late": str(late),
        "no_show": str(no_show),
        "no_show_credit": house.no_show_credit,
        "bound": 0,
    }


def usual(house: House, *, can_hold: bool = True) -> Usual:
    """A salon's terms before any visit, its preset filled in. `can_hold` as for `promise`, of a visit that is near."""
    preset = PRESETS[house.policy]
    percent = None if house.deposit_amount else house.deposit_percent or preset.deposit_percent
    free = preset.free_minutes if house.free_minutes is None else house.free_minutes
    prepayment = DEPOSIT if house.prepayment == HOLD and not can_hold else house.prepayment
    return Usual(prepayment, percent, house.deposit_amount, free)


def read(policy: Terms | dict[str, Any]) -> Terms:
    """Any snapshot ever written, in today's shape. One of version 1 keeps what it said: all that was paid is kept.

    One from before there was salon credit promised none.
    A booking on which nothing was written promised nothing but what everybody has: no money asked, none kept.
    """
    if policy.get("version", 1) >= VERSION:
        return {"no_show_credit": False, **policy}  # type: ignore[return-value,typeddict-item]
    return {
        "version": VERSION,
        "preset": policy.get("preset", ""),
        "free_minutes": policy.get("free_minutes", 0),
        "grace_minutes": 0,
        "prepayment": policy.get("prepayment", NONE),
        "deposit": None,
        "deposit_percent": policy.get("deposit_percent"),
        "late": ALL if policy else DEPOSIT,
        "no_show": ALL if policy else NOTHING,
        "no_show_credit": False,
        "bound": 0,
    }


class _Asked:
    """The deposits of a visit, service by service. What follows the salon's or a season's rule is reckoned as one."""

    def __init__(self, house: _Rule, seasons: list[_Rule], price: Halalas) -> None:
        """The rule of the day is the season's that asks most; without one the salon's."""
        self.price = price
        self.day = max(seasons, key=lambda rule: rule.asks(price)) if seasons else house
        self.house, self.in_season = house, bool(seasons)
        self.shared = 0
        self.asked: list[tuple[_Rule, Halalas, Halalas]] = []

    def take(self, part: Part) -> None:
        if part.own is None or not _speaks(part.own):
            self.shared += part.price
            return
        rule = _replaced(self.house, part.own)
        if self.in_season and self.day.asks(part.price) >= rule.asks(part.price):
            self.shared += part.price
            return
        self.asked.append((rule, part.price, rule.asks(part.price)))

    def total(self) -> tuple[str, Halalas, int | None]:
        """What kind of prepayment, how much, and which one share of the price that is, if it is one."""
        lines = self.asked
        if self.shared or not lines:
            lines = [*lines, (self.day, self.shared, self.day.asks(self.shared))]
        deposit = min(self.price, sum(due for _, _, due in lines))
        kinds = {rule.kind for rule, _, due in lines if due}
        if not kinds or self.price < LEAST_PAYMENT:
            return NONE, 0, None
        if kinds == {FULL} and deposit == self.price:
            return FULL, deposit, None
        shares = {0 if rule.kind == NONE else rule.amount or -rule.percent for rule, price, _ in lines if price}
        percent = -shares.pop() if len(shares) == 1 else 0
        exact = percent > 0 and deposit == percent_of(self.price, percent)
        return HOLD if kinds == {HOLD} else DEPOSIT, deposit, percent if exact else None


def _speaks(own: Own) -> bool:
    """Whether it says anything of its own about prepaying."""
    return bool(own.prepayment or own.deposit_percent or own.deposit_amount)


def _replaced(rule: _Rule, own: Own) -> _Rule:
    """The salon's rule with what `own` says instead. A deposit that is named is asked for."""
    named = own.deposit_percent or own.deposit_amount
    kind = own.prepayment or (DEPOSIT if named and rule.kind in {NONE, FULL} else rule.kind)
    if not named:
        return rule._replace(kind=kind)
    return _Rule(kind, own.deposit_percent or rule.percent, own.deposit_amount)


def _cutoff(house: House, preset: Preset, seasons: Sequence[Own], parts: Sequence[Part]) -> int:
    """Minutes before the start; of several services the longest."""
    usual = preset.free_minutes if house.free_minutes is None else house.free_minutes
    season = [own.free_minutes for own in seasons if own.free_minutes is not None]
    each = []
    for part in parts or (Part(None, 0),):
        mine = [] if part.own is None or part.own.free_minutes is None else [part.own.free_minutes]
        each.append(max([*season, *mine], default=usual))
    return max(each)
