"""A visit from the first press to the last: every verb, its letters, its refund and its refusals."""

from __future__ import annotations

import datetime as dt

import pytest

from salon.bookings import domain
from salon.bookings.errors import HoldExpired, IllegalMove, NotOffered, SlotTaken
from salon.bookings.models import ActorKind, Booking, BookingEvent, BusyTime
from salon.bookings.states import Status
from salon.flows import booking as flow
from salon.notifications.models import Notification
from salon.payments.models import EntryKind, LedgerEntry, Payment, PaymentState, Refund
from salon.salons.models import Salon
from salon.tests.chairs import DAY, NOW, assert_sound, booked, hold, place
from salon.tests.people import at, person, rose

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
TEN = 10 * MINUTE


@pytest.fixture
def shop():
    return rose()


@pytest.fixture(autouse=True)
def _sound_afterwards(db):
    yield
    assert_sound()


def letters(booking: Booking) -> list[str]:
    return list(Notification.objects.filter(booking=booking).order_by("pk").values_list("letter", flat=True))


def story(booking: Booking) -> list[tuple[str, str]]:
    """Who moved it where."""
    events = BookingEvent.objects.filter(booking=booking).order_by("pk")
    return list(events.values_list("actor_kind", "new_status"))


def prepaying(shop, how: str = "deposit", **extra) -> None:
    Salon.objects.filter(pk=shop.salon.pk).update(prepayment=how, **extra)
    shop.salon.refresh_from_db()


def pay(booking: Booking) -> Payment:
    """The money of its open payment arrives, as `settle` would write it down. The promise is the test's own."""
    payment = Payment.objects.get(booking=booking, state="created")
    Payment.objects.filter(pk=payment.pk).update(state=PaymentState.PAID, charge_id=f"charge-{payment.pk}")
    LedgerEntry.objects.create(payment=payment, kind=EntryKind.CAPTURE, ref="charge", amount=payment.amount, at=NOW)
    return payment


def paid_visit(shop, lama, how: str = "deposit") -> Booking:
    """A visit whose prepayment has arrived."""
    prepaying(shop, how)
    booking = hold(shop, customer=lama)
    place(booking, lama, choice=how)
    pay(booking)
    return domain.promise_chair(domain.lock(booking), now=NOW)


# --- place ----------------------------------------------------------------------------------------------


def test_a_guest_books(shop):
    lama = person("")
    booking = place(hold(shop), lama, name="  Lama\u202e Q ", note="  No\nperfume,  please ")
    booking.refresh_from_db()
    lama.refresh_from_db()
    assert (booking.status, booking.customer, booking.expires_at) == (Status.CONFIRMED, lama, None)
    assert (booking.note, lama.name) == ("No perfume, please", "Lama Q")
    assert story(booking) == [("guest", "held"), ("guest", "confirmed")]
    assert letters(booking) == ["booked", "owner_new"]
    assert BusyTime.objects.get().held_until is None
    assert BookingEvent.objects.last().actor == lama


def test_a_name_is_kept_when_none_is_given(shop):
    lama = person("Lama")
    place(hold(shop), lama, name="   ")
    lama.refresh_from_db()
    assert lama.name == "Lama"


def test_a_guest_requests_where_the_salon_answers_by_hand(shop):
    Salon.objects.update(manual_approval=True, approval_minutes=90)
    booking = booked(shop, person())
    assert (booking.status, booking.expires_at) == (Status.REQUESTED, NOW + 90 * MINUTE)
    assert letters(booking) == ["requested", "owner_new"]


def test_pressing_twice_books_once(shop):
    lama = person()
    kept = hold(shop)
    first, second = (
        flow.place(booking=kept, customer=lama, name="Lama", note="", choice="none", now=NOW) for _ in range(2)
    )
    assert first == second == (kept, None)
    assert letters(kept) == ["booked", "owner_new"]


def test_too_late_is_too_late(shop):
    lama = person()
    kept = hold(shop)
    with pytest.raises(HoldExpired):
        place(kept, lama, now=kept.expires_at)
    flow.expire_due(now=kept.expires_at)
    for now in (kept.expires_at, NOW):
        with pytest.raises(HoldExpired):
            place(kept, lama, now=now)
    released = flow.release(booking=hold(shop, "18:00"), now=NOW)
    with pytest.raises(HoldExpired):
        place(released, lama)


def test_a_hold_of_another_guest_is_not_mine(shop):
    lama, reem = person("Lama"), person("Reem")
    kept = hold(shop, customer=lama)
    with pytest.raises(HoldExpired):
        place(kept, reem)
    place(kept, lama)
    with pytest.raises(HoldExpired):
        place(kept, reem)


def test_a_choice_the_terms_do_not_give(shop):
    kept = hold(shop)
    with pytest.raises(NotOffered):
        place(kept, person(), choice="full")
    kept.refresh_from_db()
    assert (kept.status, kept.customer) == (Status.HELD, None)


@pytest.mark.parametrize(
    ("how", "choice", "due"), [("deposit", "deposit", 4500), ("deposit", "full", 18000), ("full", "full", 18000)]
)
def test_something_to_prepay_keeps_the_hold_until_the_money_comes(shop, how, choice, due):
    prepaying(shop, how)
    lama, kept, late = person(), hold(shop), NOW + 9 * MINUTE
    placed = flow.place(booking=kept, customer=lama, name="Lama", note="Hi", choice=choice, now=late)
    kept.refresh_from_db()
    assert (kept.status, kept.customer, kept.due_now, kept.note) == (Status.HELD, lama, due, "Hi")
    assert kept.expires_at == late + TEN
    assert (placed.payment.amount, placed.payment.expires_at) == (due, kept.expires_at)
    assert letters(kept) == []
    again = flow.place(booking=kept, customer=lama, name="Lama", note="Hi", choice=choice, now=late + MINUTE)
    assert again.payment == placed.payment
    assert again.booking.expires_at == late + TEN, "lengthened once"
    assert hold(shop, staff=shop.reem)
    with pytest.raises(SlotTaken):
        hold(shop, staff=shop.noura, now=late + 9 * MINUTE)


def test_the_promise_is_that_of_the_moment_of_holding(shop):
    prepaying(shop, "deposit")
    kept = hold(shop)
    prepaying(shop, "full", policy="strict")
    assert place(kept, person(), choice="deposit").due_now == 4500


def test_release(shop):
    lama = person()
    kept = hold(shop, customer=lama)
    assert flow.release(booking=kept, now=NOW).status == Status.CANCELLED
    assert flow.release(booking=kept, now=NOW).status == Status.CANCELLED
    assert letters(kept) == []
    mine = booked(shop, lama, "18:00")
    assert flow.release(booking=mine, now=NOW).status == Status.CONFIRMED


# --- the salon ------------------------------------------------------------------------------------------


@pytest.fixture
def request_(shop):
    Salon.objects.update(manual_approval=True)
    return booked(shop, person())


def test_the_salon_confirms(shop, request_):
    flow.confirm(booking=request_, actor=shop.owner, now=NOW)
    request_.refresh_from_db()
    assert (request_.status, request_.expires_at) == (Status.CONFIRMED, None)
    assert story(request_)[-1] == ("salon", "confirmed")
    assert letters(request_) == ["requested", "owner_new", "confirmed"]
    with pytest.raises(IllegalMove):
        flow.confirm(booking=request_, actor=shop.owner, now=NOW)


def test_the_salon_declines(shop, request_):
    flow.decline(booking=request_, actor=shop.owner, reason=" Noura is\n away ", now=NOW)
    assert BookingEvent.objects.last().reason == "Noura is away"
    assert letters(request_) == ["requested", "owner_new", "declined"]
    assert hold(shop, staff=shop.noura)


def test_a_hold_is_not_the_salons_to_answer(shop):
    kept = hold(shop)
    for verb in (flow.confirm, flow.decline):
        with pytest.raises(IllegalMove):
            verb(booking=kept, actor=shop.owner, now=NOW)


def test_the_day_itself(shop):
    lama, start = person(), at(DAY, "16:00")
    mine = booked(shop, lama)
    for verb in (flow.complete, flow.no_show, flow.arrive):
        with pytest.raises(IllegalMove):
            verb(booking=mine, actor=shop.owner, now=NOW)
    flow.arrive(booking=mine, actor=shop.owner, now=start - 5 * MINUTE)
    done = flow.complete(booking=mine, actor=shop.owner, now=start + 50 * MINUTE)
    assert story(done)[2:] == [("salon", "arrived"), ("salon", "completed")]
    assert letters(done) == ["booked", "owner_new"]


def test_a_no_show_who_came_after_all(shop):
    mine, start = booked(shop, person()), at(DAY, "16:00")
    flow.no_show(booking=mine, actor=shop.owner, now=start + 15 * MINUTE)
    flow.arrive(booking=mine, actor=shop.owner, now=start + 20 * MINUTE)
    flow.complete(booking=mine, actor=shop.owner, by=ActorKind.OPERATOR, now=start + 60 * MINUTE)
    assert story(mine)[-1] == ("operator", "completed")


# --- cancel ---------------------------------------------------------------------------------------------


def test_a_guest_cancels(shop):
    lama = person()
    mine = booked(shop, lama, staff=shop.noura)
    flow.cancel(booking=mine, actor=lama, by=ActorKind.GUEST, now=NOW)
    assert letters(mine) == ["booked", "owner_new", "cancelled", "owner_cancelled"]
    assert not Refund.objects.exists()
    assert hold(shop, staff=shop.noura)
    with pytest.raises(IllegalMove):
        flow.cancel(booking=mine, actor=lama, by=ActorKind.GUEST, now=NOW)


def test_the_salon_cancels(shop):
    mine = booked(shop, person())
    flow.cancel(booking=mine, actor=shop.owner, by=ActorKind.SALON, reason="Closed", now=NOW)
    assert letters(mine) == ["booked", "owner_new", "cancelled"]


@pytest.mark.parametrize(
    ("by", "before", "back"),
    [
        (ActorKind.GUEST, dt.timedelta(hours=24), 4500),
        (ActorKind.GUEST, dt.timedelta(hours=24) - MINUTE, 0),
        (ActorKind.GUEST, MINUTE, 0),
        (ActorKind.SALON, MINUTE, 4500),
        (ActorKind.SALON, -MINUTE, 4500),
        (ActorKind.OPERATOR, MINUTE, 4500),
    ],
)
def test_what_goes_back(shop, by, before, back):
    lama = person()
    mine = paid_visit(shop, lama)
    flow.cancel(booking=mine, actor=lama, by=by, now=mine.starts_at - before)
    assert sum(Refund.objects.values_list("amount", flat=True)) == back


def test_a_guest_cannot_cancel_what_has_begun(shop):
    lama = person()
    mine = booked(shop, lama)
    with pytest.raises(IllegalMove):
        flow.cancel(booking=mine, actor=lama, by=ActorKind.GUEST, now=mine.starts_at)


@pytest.mark.parametrize("how", ["cancel", "decline", "expire"])
def test_an_unanswered_request_goes_back_whole(shop, how):
    Salon.objects.update(manual_approval=True)
    lama = person()
    mine = paid_visit(shop, lama, "full")
    assert mine.status == Status.REQUESTED
    now = NOW + 110 * MINUTE
    if how == "cancel":
        flow.cancel(booking=mine, actor=lama, by=ActorKind.GUEST, now=now)
    elif how == "decline":
        flow.decline(booking=mine, actor=shop.owner, now=now)
    else:
        assert flow.expire_due(now=mine.expires_at) == 1
    assert Refund.objects.get().amount == 18000


def test_cancelling_a_hold_tells_nobody(shop, monkeypatch):
    told = []
    monkeypatch.setattr(flow.paying, "cancel_open", lambda *, booking, now: told.append(booking))
    prepaying(shop)
    lama = person()
    kept = hold(shop)
    place(kept, lama, choice="deposit")
    flow.cancel(booking=kept, actor=lama, by=ActorKind.GUEST, now=NOW)
    assert letters(kept) == []
    assert (Payment.objects.get().state, told) == (PaymentState.CANCELLED, [kept])


# --- expire ---------------------------------------------------------------------------------------------


def test_holds_and_requests_end(shop):
    Salon.objects.update(manual_approval=True, approval_minutes=30)
    prepaying(shop, "deposit")
    lama, reem = person("Lama"), person("Reem")
    looked = hold(shop, "10:00", customer=lama)
    anonymous = hold(shop, "12:00")
    waiting = hold(shop, "14:00")
    place(waiting, reem, choice="deposit")
    prepaying(shop, "none")
    requested = booked(shop, reem, "18:00")
    assert flow.expire_due(now=NOW + TEN - MINUTE) == 0
    assert flow.expire_due(now=NOW + TEN) == 3
    assert flow.expire_due(now=NOW + TEN) == 0
    assert flow.expire_due(now=NOW + 30 * MINUTE) == 1
    statuses = set(Booking.objects.values_list("status", flat=True))
    assert statuses == {Status.EXPIRED}
    assert [letters(each) for each in (looked, anonymous, waiting, requested)] == [
        [],
        [],
        ["expired"],
        ["requested", "owner_new", "expired"],
    ]
    looked.refresh_from_db()
    waiting.refresh_from_db()
    assert (looked.customer, waiting.customer) == (None, reem)
    assert Payment.objects.get().state == PaymentState.CREATED, "late money must still find its way"
    assert story(requested)[-1] == ("system", "expired")


def test_one_that_fails_does_not_stop_the_others(shop, monkeypatch):
    first, second = hold(shop, "10:00"), hold(shop, "12:00")
    real = flow.domain.lock

    def lock(booking):
        if booking.pk == first.pk:
            raise IllegalMove("broken")
        return real(booking)

    monkeypatch.setattr(flow.domain, "lock", lock)
    assert flow.expire_due(now=NOW + TEN) == 1
    second.refresh_from_db()
    assert second.status == Status.EXPIRED


def test_it_ends_only_what_is_still_due(shop):
    """Read as due, then lengthened by a guest who went to pay: the lock sees it."""
    prepaying(shop)
    kept = hold(shop)
    place(kept, person(), choice="deposit", now=NOW + 9 * MINUTE)
    assert flow._expire(kept.pk, now=NOW + TEN) is False
