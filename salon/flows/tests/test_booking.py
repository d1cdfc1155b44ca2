"""A visit from the first press to the last: every verb, its letters, its refund and its refusals."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from salon.bookings import domain, hot_reads
from salon.bookings.errors import HoldExpired, IllegalMove, NotOffered, SlotTaken, TooManyHolds
from salon.bookings.models import ActorKind, Booking, BookingEvent, BusyTime
from salon.bookings.states import Status
from salon.flows import booking as flow
from salon.notifications.models import Notification
from salon.payments.models import EntryKind, LedgerEntry, Payment, PaymentState, Refund
from salon.salons.models import Salon
from salon.tests.chairs import DAY, NOW, assert_sound, booked, hold, place
from salon.tests.people import at, person, rose, staff

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


# --- hold -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("people", [1, 30])
def test_a_hold_is_eight_queries(shop, people):
    lama = person()
    for number in range(people):
        staff(shop.salon, f"Staff {number}", does=(shop.cut,))
    with CaptureQueriesContext(connection) as asked:
        hold(shop, held_from="somewhere", customer=lama)
    sql = [query["sql"] for query in asked if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(sql) == 8, sql
    assert sum(each.startswith("INSERT") for each in sql) == 4


def test_replacing_a_hold_is_twelve_queries(shop):
    old = hold(shop, held_from="somewhere")
    with CaptureQueriesContext(connection) as asked:
        hold(shop, "18:00", held_from="somewhere", replaces=old)
    sql = [query["sql"] for query in asked if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(sql) == 12, sql


def test_a_hold_lasts_ten_minutes(shop):
    booking = hold(shop)
    assert (booking.status, booking.expires_at) == (Status.HELD, NOW + TEN)
    assert story(booking) == [("guest", "held")]
    assert letters(booking) == []


def test_the_loser_hears_that_the_slot_is_taken(shop):
    hold(shop, staff=shop.noura)
    with pytest.raises(SlotTaken):
        hold(shop, staff=shop.noura)
    assert Booking.objects.count() == 1


def test_the_guard_says_the_same_when_the_lock_and_the_check_do_not(shop, monkeypatch):
    """A rival whose row the check did not see: the guard's refusal is a taken slot, not an error."""
    hold(shop, staff=shop.noura)
    blind = hot_reads.hours_and_taken
    monkeypatch.setattr(hot_reads, "hours_and_taken", lambda **asked: (blind(**asked)[0], []))
    with pytest.raises(SlotTaken):
        hold(shop, staff=shop.noura)
    assert Booking.objects.count() == 1


def test_a_reference_in_use_is_drawn_again(shop, monkeypatch):
    first = hold(shop)
    drawn = iter([first.reference, first.reference, "FRESH2"])
    monkeypatch.setattr("salon.bookings.reserve.new_reference", lambda: next(drawn))
    assert hold(shop, "18:00").reference == "FRESH2"


def test_the_same_form_is_the_same_booking(shop):
    key = uuid.uuid4()
    first = hold(shop, key=key, staff=shop.noura)
    assert hold(shop, key=key, staff=shop.noura) == first
    assert hold(shop, key=key, staff=shop.noura, replaces=first) == first
    lama = person()
    place(first, lama)
    assert hold(shop, key=key, staff=shop.noura) == first
    assert (first.key, Booking.objects.count()) == (key, 1)


def test_a_key_that_was_just_written_by_a_rival_process_is_found(shop, monkeypatch):
    """Both looked, neither saw the other; the second meets the unique key and finds the first."""
    key = uuid.uuid4()
    real, blind_once = flow._by_key, iter([True])

    def by_key(*asked):
        return (None, key) if next(blind_once, False) else real(*asked)

    first = hold(shop, key=key)
    monkeypatch.setattr(flow, "_by_key", by_key)
    assert hold(shop, key=key) == first


def test_a_key_whose_chair_is_its_own_is_found(shop, monkeypatch):
    key = uuid.uuid4()
    real, blind_once = flow._by_key, iter([True])
    first = hold(shop, key=key, staff=shop.noura)
    monkeypatch.setattr(flow, "_by_key", lambda *asked: (None, key) if next(blind_once, False) else real(*asked))
    assert hold(shop, key=key, staff=shop.noura) == first


def test_going_back_and_choosing_again_with_the_same_form(shop):
    key = uuid.uuid4()
    four = hold(shop, "16:00", key=key, staff=shop.noura)
    five = hold(shop, "17:00", key=key, staff=shop.noura, replaces=four)
    assert hold(shop, "17:00", key=key, staff=shop.noura, replaces=five) == five
    again = hold(shop, "16:00", key=key, staff=shop.noura, replaces=five)
    assert len({four.pk, five.pk, again.pk}) == 3
    for _ in range(6):
        last, again = again, hold(shop, "16:00", key=key, staff=shop.noura, replaces=None, now=again.expires_at)
        assert last != again
    alive = Booking.objects.filter(status=Status.HELD)
    assert list(alive) == [again]


def test_one_hold_a_browser(shop):
    lama = person()
    first = hold(shop, "16:00", staff=shop.noura, customer=lama)
    second = hold(shop, "16:30", staff=shop.noura, customer=lama, replaces=first)
    first.refresh_from_db()
    assert (first.status, first.customer, second.status) == (Status.CANCELLED, None, Status.HELD)
    assert story(first) == [("guest", "held"), ("guest", "cancelled")]


def test_the_old_hold_stays_when_the_new_one_cannot_be_had(shop):
    first = hold(shop, "16:00", staff=shop.noura)
    hold(shop, "18:00", staff=shop.noura)
    with pytest.raises(SlotTaken):
        hold(shop, "17:30", staff=shop.noura, replaces=first)
    first.refresh_from_db()
    assert first.status == Status.HELD


def test_choosing_another_time_closes_the_payment_of_the_first(shop, monkeypatch):
    told = []
    monkeypatch.setattr(flow.paying, "cancel_open", lambda *, booking, now: told.append(booking))
    prepaying(shop)
    lama = person()
    first = hold(shop, customer=lama)
    placed = flow.place(booking=first, customer=lama, name="Lama", note="", choice="deposit", now=NOW)
    hold(shop, "18:00", customer=lama, replaces=placed.booking)
    first.refresh_from_db()
    assert (first.status, first.customer) == (Status.CANCELLED, lama)
    assert Payment.objects.get().state == PaymentState.CANCELLED
    assert told == [first]


# --- limits ---------------------------------------------------------------------------------------------


def test_an_address_keeps_only_so_many_chairs(shop, settings):
    settings.HOLDS_PER_ADDRESS = 2
    for clock in ("10:00", "12:00"):
        hold(shop, clock, held_from="crowd", now=NOW + MINUTE if clock == "12:00" else NOW)
    with pytest.raises(TooManyHolds) as error:
        hold(shop, "14:00", held_from="crowd", now=NOW + 2 * MINUTE)
    assert error.value.retry_after == 8 * 60
    assert hold(shop, "14:00", held_from="somebody else")
    assert hold(shop, "16:00")  # an address that is not known limits nobody
    assert hold(shop, "18:00", held_from="crowd", now=NOW + TEN)
    assert Booking.objects.count() == 5


def test_changing_ones_mind_at_the_limit_is_allowed(shop, settings):
    settings.HOLDS_PER_ADDRESS = 1
    first = hold(shop, "10:00", held_from="crowd")
    assert hold(shop, "12:00", held_from="crowd", replaces=first)


def test_who_loses_the_chair_hears_that_and_not_the_limit(shop, settings):
    settings.HOLDS_PER_ADDRESS = 1
    hold(shop, "10:00", staff=shop.noura, held_from="crowd")
    with pytest.raises(SlotTaken):
        hold(shop, "10:00", staff=shop.noura, held_from="crowd")


def test_a_phone_keeps_only_so_many_chairs(shop, settings):
    settings.HOLDS_PER_PHONE = 1
    lama, reem = person("Lama"), person("Reem")
    hold(shop, "10:00", customer=lama)
    with pytest.raises(TooManyHolds):
        hold(shop, "12:00", customer=lama)
    anonymous = hold(shop, "12:00")
    with pytest.raises(TooManyHolds):
        place(anonymous, lama)
    assert place(anonymous, reem).status == Status.CONFIRMED
    booked(shop, person("Hind"), "14:00")
    assert Booking.objects.filter(customer=lama).count() == 1


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
