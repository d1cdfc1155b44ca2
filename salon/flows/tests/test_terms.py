"""The promise on its way: written when the chair is held, kept when the guest calls off or stays away."""

from __future__ import annotations

import datetime as dt

import pytest

from salon.bookings import policy
from salon.bookings.errors import IllegalMove
from salon.bookings.models import Booking
from salon.flows import booking as visits
from salon.flows.tests.test_refunds import cancel
from salon.flows.tests.till import about_to_pay, hold, paid
from salon.jobs.audit import audit
from salon.payments import domain as till
from salon.salons.models import Season, SeasonHours, Service
from salon.tests.people import RIYADH, person, rose

pytestmark = pytest.mark.django_db(transaction=True)
WHOLE, DEPOSIT = 18000, 4500


def broken(clock) -> list[str]:
    return [finding.name for finding in audit(now=clock()) if finding.broken and "not going back" in finding.name]


def season(shop, clock, *, first: int, last: int, **terms) -> Season:
    """Days counted from today, with Rose's usual hours."""
    today = clock().astimezone(RIYADH).date()
    days = {"first_day": today + dt.timedelta(days=first), "last_day": today + dt.timedelta(days=last)}
    made = Season.objects.create(salon=shop.salon, name_ar="العيد", name_en="Eid", **days, **terms)
    SeasonHours.objects.bulk_create(
        SeasonHours(season=made, weekday=day, start_minute=600, end_minute=1320) for day in range(7)
    )
    return made


def test_a_chair_is_held_under_the_services_own_terms(db, clock):
    shop = rose()
    Service.objects.filter(pk=shop.cut.pk).update(deposit_percent=50, free_minutes=7 * 1440)
    shop.cut.refresh_from_db()
    terms = hold(shop, person(), clock).policy
    assert (terms["prepayment"], terms["deposit"], terms["deposit_percent"]) == ("deposit", 9000, 50)
    assert terms["free_minutes"] == 7 * 1440


@pytest.mark.parametrize(("first", "last", "deposit"), [(2, 2, 6000), (1, 3, 6000), (0, 1, 0), (3, 9, 0)])
def test_a_chair_is_held_under_the_terms_of_its_days_season(db, clock, first, last, deposit):
    shop = rose()
    season(shop, clock, first=first, last=last, deposit_amount=6000, free_minutes=4320)
    terms = hold(shop, person(), clock, days=2).policy
    assert terms["deposit"] == deposit
    assert terms["free_minutes"] == (4320 if deposit else 1440)


@pytest.mark.parametrize("asked", ["none", "deposit", "full", None])
def test_every_prepayment_of_a_season_arrives(db, clock, asked):
    shop = rose(prepayment="deposit")
    season(shop, clock, first=0, last=9, prepayment=asked)
    assert hold(shop, person(), clock).policy["prepayment"] == (asked or "deposit")


def test_a_change_of_the_salon_does_not_reach_who_has_booked(db, clock, gateway):
    visit = paid(about_to_pay(clock, gateway))
    Service.objects.update(prepayment="full", free_minutes=90 * 1440)
    visit.shop.salon.late_keeps, visit.shop.salon.free_minutes = "all", 90 * 1440
    visit.shop.salon.save()
    cancel(visit)
    assert visit.refunds() == [(DEPOSIT, "done")]


def test_cancelled_too_late_what_is_above_the_deposit_goes_back(db, clock, gateway):
    visit = paid(about_to_pay(clock, gateway, choice="full", policy="strict", deposit_percent=25))
    cancel(visit)
    assert visit.refunds() == [(WHOLE - DEPOSIT, "done")]
    assert till.balance(visit.booking) == DEPOSIT
    assert broken(clock) == []


@pytest.mark.parametrize(
    ("fields", "choice", "back"),
    [
        ({}, "deposit", 0),
        ({}, "full", WHOLE - DEPOSIT),
        ({"no_show_keeps": "all"}, "full", 0),
        ({"prepayment": "full"}, "full", 0),
        ({"no_show_keeps": "nothing"}, "full", WHOLE - DEPOSIT),
    ],
)
def test_a_no_show_gets_back_what_the_promise_does_not_keep(clock, gateway, fields, choice, back):
    visit = paid(about_to_pay(clock, gateway, choice=choice, **fields))
    clock.now = visit.booking.starts_at + dt.timedelta(minutes=15)
    visits.no_show(booking=visit.booking, actor=visit.shop.owner, now=clock())
    assert visit.refunds() == ([(back, "done")] if back else [])
    assert till.balance(visit.booking) == (WHOLE if choice == "full" else DEPOSIT) - back
    assert broken(clock) == []


def test_the_salon_waits_as_long_as_it_promised(db, clock):
    shop = rose(grace_minutes=20)
    booking = visits.place(
        booking=hold(shop, None, clock), customer=person(), name="Lama", note="", choice="none", now=clock()
    ).booking
    clock.now = policy.no_show_from(booking.policy, booking.starts_at) - dt.timedelta(seconds=1)
    assert clock() == booking.starts_at + dt.timedelta(minutes=20, seconds=-1)
    with pytest.raises(IllegalMove, match="20"):
        visits.no_show(booking=booking, actor=shop.owner, now=clock())
    visits.no_show(booking=booking, actor=shop.owner, now=clock.pass_(seconds=1))
    assert Booking.objects.get().status == "no_show"


@pytest.mark.parametrize(
    ("way", "days", "prepayment"),
    [("form", 2, "hold"), ("form", 6, "deposit"), ("form", 20, "deposit"), ("invoice", 2, "deposit")],
)
def test_a_deposit_is_only_reserved_where_the_card_can_be_held_to(clock, settings, way, days, prepayment):
    """Seven days less one: a visit on the sixth day ends too late in the afternoon."""
    settings.MOYASAR_CHECKOUT = way
    terms = hold(rose(prepayment="hold", horizon_days=30), person(), clock, days=days).policy
    assert (terms["prepayment"], terms["deposit"]) == (prepayment, DEPOSIT)
    assert policy.choices(terms) == (("deposit",) if prepayment == "hold" else ("deposit", "full"))


def test_stc_pay_alone_reserves_nothing(clock, settings):
    settings.MOYASAR_CHECKOUT, settings.MOYASAR_METHODS = "form", ["stcpay"]
    assert hold(rose(prepayment="hold"), person(), clock).policy["prepayment"] == "deposit"


def test_terms_promised_to_be_reserved_are_kept_when_the_form_was_switched_off(db, clock, gateway, settings):
    """Then the deposit is simply paid, on the gateway's page: nothing is reserved that cannot be."""
    settings.MOYASAR_CHECKOUT = "form"
    visit = about_to_pay(clock, gateway, prepayment="hold")
    settings.MOYASAR_CHECKOUT = "invoice"
    visit.payment = visit.place("deposit")
    assert (visit.payment.checkout, visit.payment.hold) == ("invoice", False)
    paid(visit)
    assert visit.ledger() == [("capture", DEPOSIT)]
