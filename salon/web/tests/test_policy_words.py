"""What a guest reads about money, and that it is what the rules do."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import translation

from salon.bookings import policy
from salon.bookings.models import Booking
from salon.salons.models import Salon, Service
from salon.tests.people import at
from salon.web import policy_words

START = at("2026-11-26", "16:30")
EARLY, LATE = START - dt.timedelta(days=3), START - dt.timedelta(hours=2)
CREDIT = "When the guest does not come, what is kept becomes credit for a later visit to this salon."
OLD = {"preset": "standard", "free_minutes": 1440, "prepayment": "deposit", "deposit_percent": 25}


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def visit(terms=None, **fields) -> Booking:
    salon = Salon(**({"policy": "standard", "prepayment": "deposit"} | fields))
    return Booking(salon=salon, starts_at=START, price=20000, policy=terms or policy.promise(salon, 20000))


def test_before_paying_the_deadline_is_exact_and_in_the_salons_zone():
    told = policy_words.for_visit(visit(), now=EARLY)
    assert told == (
        "Free cancellation",
        [
            "Until Wednesday 25 November, 4:30 PM.",
            "After that, the deposit of SAR 50 is kept; what is paid above it goes back.",
            "The salon waits 15 minutes for a late guest.",
        ],
        True,
    )
    elsewhere = policy_words.for_visit(visit(zone="Asia/Dubai"), now=EARLY)
    assert elsewhere.sentences[0] == "Until Wednesday 25 November, 5:30 PM."


def test_the_deadline_is_the_last_free_moment():
    booking = visit()
    last = policy.free_until(booking.policy, START)
    assert policy_words.for_visit(booking, now=last).free
    assert not policy_words.for_visit(booking, now=last + dt.timedelta(seconds=1)).free


@pytest.mark.parametrize(
    ("fields", "paid", "now", "said"),
    [
        ({}, 5000, EARLY, "After that, what was paid is kept."),
        ({}, 20000, EARLY, "After that, the deposit of SAR 50 is kept; what is paid above it goes back."),
        ({}, 20000, LATE, "Cancelling now keeps the deposit of SAR 50; what is paid above it goes back."),
        ({}, 5000, LATE, "The time of free cancellation has passed: what was paid is kept."),
        ({}, None, LATE, "Cancelling now keeps the deposit of SAR 50; what is paid above it goes back."),
        ({"prepayment": "full"}, None, EARLY, "After that, what is paid now is kept."),
        ({"prepayment": "full"}, None, LATE, "What is paid now is not given back when the guest cancels."),
        ({"late_keeps": "all"}, 20000, EARLY, "After that, what was paid is kept."),
        ({"policy": "strict", "free_minutes": 60}, 10000, EARLY, "When the guest does not come, all of it is kept."),
        ({"no_show_credit": True}, None, EARLY, CREDIT),
        ({"no_show_credit": True}, 5000, LATE, CREDIT),
        ({"prepayment": "none"}, 0, LATE, "If plans change, please cancel as early as possible."),
        ({"prepayment": "none"}, None, LATE, "If plans change, please cancel as early as possible."),
        ({"grace_minutes": 1}, 0, EARLY, "The salon waits 1 minute for a late guest."),
    ],
)
def test_sentences(fields, paid, now, said):
    assert said in policy_words.for_visit(visit(**fields), now=now, paid=paid).sentences


def test_nothing_is_said_of_money_where_there_is_none():
    told = policy_words.for_visit(visit(prepayment="none", grace_minutes=0), now=EARLY, paid=0)
    assert told.sentences == ["Until Wednesday 25 November, 4:30 PM."]


def test_promises_of_the_first_version_read_as_they_did():
    assert policy_words.for_visit(visit(OLD), now=EARLY).sentences == [
        "Until Wednesday 25 November, 4:30 PM.",
        "After that, what is paid now is kept.",
    ]
    assert policy_words.for_visit(visit(OLD), now=LATE, paid=20000).sentences == [
        "The time of free cancellation has passed: what was paid is kept."
    ]
    assert policy_words.way_name(OLD, "deposit") == "25% deposit"


def test_a_moved_visit_says_what_the_move_cost():
    booking = visit()
    booking.policy = booking.policy | {"bound": 5000}
    told = policy_words.for_visit(booking, now=EARLY, paid=20000)
    assert "SAR 50 of it stays with the salon in any case: the appointment was moved after its deadline." in told.text


HELD = {"prepayment": "hold"}


@pytest.mark.parametrize(
    ("paid", "reserved", "now", "said"),
    [
        (None, 0, EARLY, ["When cancelled by then, the reserved SAR 50 is released; after that it is taken."]),
        (None, 0, LATE, ["Of the reserved money, SAR 50 is taken also when the guest cancels."]),
        (5000, 5000, LATE, ["Cancelling now takes the reserved SAR 50.", "Otherwise it is taken at the visit."]),
        (
            *(5000, 5000, EARLY),
            [
                "When cancelled by then, the reserved SAR 50 is released; after that it is taken.",
                "Otherwise it is taken at the visit.",
            ],
        ),
        (5000, 0, EARLY, ["After that, what was paid is kept."]),
        (
            *(20000, 5000, EARLY),
            [
                "After that, the deposit of SAR 50 is kept; what is paid above it goes back.",
                "SAR 50 of it is only reserved on the card.",
            ],
        ),
    ],
)
def test_what_is_only_reserved_was_not_paid(paid, reserved, now, said):
    told = policy_words.for_visit(visit(**HELD, grace_minutes=0), now=now, paid=paid, reserved=reserved)
    deadline = ["Until Wednesday 25 November, 4:30 PM."] if now == EARLY else []
    assert told.sentences == deadline + said


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (EARLY, "When cancelled by then, SAR 50 is released; after that, SAR 20 of it is taken."),
        (LATE, "Cancelling now takes SAR 20 of the reserved SAR 50 and releases the rest."),
    ],
)
def test_less_than_what_is_reserved_is_kept(now, said):
    booking = visit(**HELD)
    booking.policy = booking.policy | {"deposit": 2000}
    assert said in policy_words.for_visit(booking, now=now, paid=5000, reserved=5000).sentences


@pytest.mark.parametrize(
    ("fields", "first"),
    [
        ({}, "A deposit of 25% is reserved on the card when booking and taken at the visit."),
        (
            {"deposit_amount": 4000},
            "A deposit of SAR 40 is reserved on the card when booking and taken at the visit.",
        ),
    ],
)
def test_a_salon_that_reserves_deposits_says_so_where_that_can_be(settings, fields, first):
    salon = Salon(**HELD, **fields)
    assert not any("reserved" in said for said in policy_words.for_salon(salon))
    assert any("confirms the appointment" in said for said in policy_words.for_salon(salon))
    settings.MOYASAR_CHECKOUT = "form"
    told = policy_words.for_salon(salon)
    assert first in told
    assert "Cancelled in time or by the salon, it is released; later it is taken." in told
    assert "For a visit more than 6 days ahead it is paid when booking." in told


def test_ways_to_pay_by_name():
    mixed = policy.promise(Salon(prepayment="deposit", deposit_amount=3000), 20000)
    assert [policy_words.way_name(mixed, way) for way in policy.choices(mixed)] == ["Deposit", "Full amount"]
    assert "only reserved" in policy_words.asked(policy.promise(Salon(prepayment="hold"), 20000))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"free_minutes": 0}, "Cancelling is free until the start of the appointment."),
        ({"free_minutes": 90}, "Cancelling is free until 1 h 30 min before the appointment."),
        ({"free_minutes": 60}, "Cancelling is free until 1 hour before the appointment."),
        ({"free_minutes": 2880}, "Cancelling is free until 48 hours before the appointment."),
        ({"free_minutes": 4320}, "Cancelling is free until 3 days before the appointment."),
        (
            {"deposit_amount": 10000},
            "A deposit of SAR 100 confirms the appointment; the rest is paid at the salon.",
        ),
        ({"policy": "strict"}, "A deposit of 50% confirms the appointment; the rest is paid at the salon."),
        ({"no_show_credit": True}, CREDIT),
        ({"late_keeps": "all"}, "After that the amount is not returned. If the salon cancels, all of it is returned."),
    ],
)
def test_a_salon_says_its_usual_terms(fields, said):
    assert said in policy_words.for_salon(Salon(**({"prepayment": "deposit"} | fields)))


def test_services_with_terms_of_their_own_are_announced():
    own = "Some services have terms of their own. They are shown before booking."
    assert own not in policy_words.for_salon(Salon(), [Service()])
    assert own in policy_words.for_salon(Salon(), [Service(), Service(free_minutes=0)])
    assert own in policy_words.for_salon(Salon(), [Service(deposit_amount=5000)])
