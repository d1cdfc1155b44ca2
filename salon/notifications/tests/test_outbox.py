"""Never lost: a letter is written with its change, and goes at least once whatever dies on the way."""

from __future__ import annotations

import datetime as dt
import threading
import uuid

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from salon.accounts.models import User
from salon.bookings import domain as bookings
from salon.bookings.models import ActorKind, Booking
from salon.core import circuit
from salon.core.circuit import Circuit
from salon.flows import booking as visits
from salon.messaging.base import Receipt, WireError
from salon.notifications import letters, messages, outbox, providers
from salon.notifications.models import Letter, Notification, NotificationState
from salon.salons.models import Membership, Role
from salon.tests.chairs import hold, place
from salon.tests.people import person, rose

pytestmark = pytest.mark.django_db(transaction=True)

NOW = timezone.now().replace(microsecond=0)


class Carrier:
    """A provider that does as it is told, and remembers what it was given."""

    def __init__(self):
        self.sent = []
        self.troubles = []

    def send(self, to, text):
        if self.troubles:
            trouble = self.troubles.pop(0)
            if trouble is not None:
                raise trouble
        self.sent.append((to, text))
        return Receipt(f"ref-{len(self.sent)}")


@pytest.fixture
def carrier(monkeypatch):
    carrier = Carrier()
    monkeypatch.setattr(outbox, "circuit", Circuit())
    monkeypatch.setattr(providers, "provider", lambda: carrier)
    return carrier


@pytest.fixture
def shop(transactional_db):
    return rose()


@pytest.fixture
def booking(shop, carrier):
    """Lama's confirmed visit in two days; its own letters have been sent and forgotten."""
    lama = person("Lama")
    day = f"{NOW + dt.timedelta(days=2):%Y-%m-%d}"
    placed = place(hold(shop, "15:00", day=day, staff=shop.noura, now=NOW), lama, now=NOW)
    Notification.objects.all().delete()
    carrier.sent.clear()
    return placed


def write(booking, letter=Letter.BOOKED, occasion=""):
    """A letter that was written, but whose first try right after the commit was killed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outbox, "_poke", lambda *args, **kwargs: None)
        with transaction.atomic():
            outbox.tell_customer(letter, booking=booking, now=NOW, occasion=occasion)
    return Notification.objects.latest("pk")


def after(**length):
    return NOW + dt.timedelta(**length)


# --- writing ----------------------------------------------------------------------------------------------


def test_it_leaves_after_the_commit_and_not_before(booking, carrier):
    with transaction.atomic():
        outbox.tell_customer(Letter.BOOKED, booking=booking, now=NOW)
        assert carrier.sent == []
    assert len(carrier.sent) == 1
    row = Notification.objects.get()
    assert (row.state, row.provider_ref, row.attempts) == (NotificationState.SENT, "ref-1", 1)


def test_what_is_rolled_back_tells_nobody(booking, carrier):
    with transaction.atomic():
        outbox.tell_customer(Letter.BOOKED, booking=booking, now=NOW)
        transaction.set_rollback(True)
    assert carrier.sent == []
    assert Notification.objects.count() == 0


def test_outside_a_transaction_it_is_refused(booking):
    with pytest.raises(transaction.TransactionManagementError):
        outbox.tell_customer(Letter.BOOKED, booking=booking, now=NOW)


def test_told_twice_is_sent_once(booking, carrier):
    for _ in range(2):
        with transaction.atomic():
            outbox.tell_customer(Letter.BOOKED, booking=booking, now=NOW)
            outbox.tell_customer(Letter.BOOKED, booking=booking, now=NOW)
    assert len(carrier.sent) == 1
    with transaction.atomic():
        outbox.tell_customer(Letter.LATE_PAYMENT, booking=booking, now=NOW, occasion=uuid.uuid4().hex)
        outbox.tell_customer(Letter.LATE_PAYMENT, booking=booking, now=NOW, occasion=uuid.uuid4().hex)
    assert len(carrier.sent) == 3


def test_a_provider_that_is_down_does_not_spoil_the_booking(booking, carrier):
    carrier.troubles = [WireError(permanent=False, code="timeout")]
    with transaction.atomic():
        outbox.tell_customer(Letter.BOOKED, booking=booking, now=NOW)
    row = Notification.objects.get()
    assert (row.state, row.attempts) == (NotificationState.QUEUED, 1)
    assert "timeout" in row.error


def test_the_office_is_its_owners_and_managers(booking, shop, carrier):
    for role in (Role.MANAGER, Role.RECEPTION, Role.STYLIST):
        Membership.objects.create(user=person(role), salon=shop.salon, role=role)
    gone = person("Faisal", is_active=False)
    Membership.objects.create(user=gone, salon=shop.salon, role=Role.MANAGER)
    rival = rose(slug="jasmine")
    with transaction.atomic():
        outbox.tell_salon(Letter.OWNER_NEW, booking=booking, now=NOW)
    told = set(Notification.objects.values_list("recipient__name", flat=True))
    assert told == {"Hind", "manager"}
    assert rival.owner.notifications.count() == 0


# --- dying ------------------------------------------------------------------------------------------------


def test_killed_before_the_first_try(booking, carrier):
    write(booking)
    assert outbox.dispatch(now=NOW) == 1
    assert outbox.dispatch(now=NOW) == 0


def test_killed_between_claim_and_send(booking, carrier):
    carrier.troubles = [KeyboardInterrupt()]
    row = write(booking)
    with pytest.raises(KeyboardInterrupt):
        outbox.dispatch(now=NOW)
    row.refresh_from_db()
    assert (row.state, row.attempts) == (NotificationState.SENDING, 1)
    assert outbox.dispatch(now=after(seconds=30)) == 0, "the lease is somebody's still"
    assert outbox.dispatch(now=after(seconds=70)) == 1
    assert len(carrier.sent) == 1


def test_killed_between_send_and_mark_goes_twice_and_not_never(booking, carrier, monkeypatch):
    write(booking)
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "_finish", lambda *args, **kwargs: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            outbox.dispatch(now=NOW)
    assert outbox.dispatch(now=after(seconds=70)) == 1
    assert len(carrier.sent) == 2


def test_a_sender_that_slept_past_its_lease_decides_nothing(booking, carrier):
    row = write(booking)
    assert outbox._claim(row, now=NOW)
    carrier.troubles = [WireError(permanent=False)]
    outbox.dispatch(now=after(seconds=70))  # the second attempt fails and waits
    outbox._finish(row, state=NotificationState.SENT, sent_at=NOW)
    row.refresh_from_db()
    assert (row.state, row.attempts) == (NotificationState.QUEUED, 2)


def test_many_workers_send_each_letter_once(booking, carrier):
    for _ in range(12):
        write(booking, Letter.LATE_PAYMENT, uuid.uuid4().hex)
    barrier = threading.Barrier(4)

    def worker():
        try:
            barrier.wait()
            outbox.dispatch(now=NOW)
        finally:
            connection.close()

    workers = [threading.Thread(target=worker) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert len(carrier.sent) == 12
    assert set(Notification.objects.values_list("state", "attempts")) == {(NotificationState.SENT, 1)}


# --- trying again -----------------------------------------------------------------------------------------


def test_the_pauses_grow(booking, carrier):
    row = write(booking, Letter.LATE_PAYMENT)
    moment, pauses = NOW, []
    for _ in range(7):
        carrier.troubles = [WireError(permanent=False)]
        assert outbox.dispatch(now=moment) == 0
        row.refresh_from_db()
        pauses.append((row.next_at - moment).total_seconds())
        moment = row.next_at
    for pause, wanted in zip(pauses, [15, 60, 300, 900, 3600, 3600, 3600], strict=True):
        assert 0.85 * wanted < pause < 1.15 * wanted
    assert outbox.dispatch(now=moment) == 1


def test_out_of_time_it_is_dead_and_seen(booking, carrier):
    row = write(booking)
    assert outbox.dispatch(now=after(hours=25)) == 0
    row.refresh_from_db()
    assert row.state == NotificationState.DEAD
    assert row.error
    assert outbox.send_again(row, now=after(hours=26))
    assert outbox.dispatch(now=after(hours=26)) == 1
    assert not outbox.send_again(row, now=after(hours=26))


def test_a_number_that_does_not_exist_is_not_tried_again(booking, carrier):
    carrier.troubles = [WireError(permanent=True, code="ER-05")]
    row = write(booking)
    outbox.dispatch(now=NOW)
    row.refresh_from_db()
    assert row.state == NotificationState.DEAD
    assert outbox.dispatch(now=after(hours=2)) == 0


def test_a_letter_that_cannot_be_written_keeps_no_other(booking, carrier, monkeypatch):
    bad, good = write(booking), write(booking, Letter.LATE_PAYMENT)
    real = messages.render
    monkeypatch.setattr(
        messages, "render", lambda letter, **rest: 1 / 0 if letter == Letter.BOOKED else real(letter, **rest)
    )
    assert outbox.dispatch(now=NOW) == 1
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, good.state) == (NotificationState.QUEUED, NotificationState.SENT)


def test_a_provider_that_is_down_is_not_asked_a_hundred_times(booking, carrier):
    for _ in range(8):
        write(booking, Letter.LATE_PAYMENT, uuid.uuid4().hex)
    carrier.troubles = [WireError(permanent=False)] * 8
    assert outbox.dispatch(now=NOW) == 0
    assert len(carrier.troubles) == 8 - outbox.GIVE_UP_AFTER


def test_requests_do_not_wait_for_a_provider_that_is_down(booking, carrier, monkeypatch):
    seconds = [1000.0]
    monkeypatch.setattr(circuit.time, "monotonic", lambda: seconds[0])

    def tell():
        with transaction.atomic():
            outbox.tell_customer(Letter.LATE_PAYMENT, booking=booking, now=NOW, occasion=uuid.uuid4().hex)

    carrier.troubles = [WireError(permanent=False)] * 6
    for _ in range(8):
        tell()
    assert len(carrier.troubles) == 1, "five tried, three did not"
    seconds[0] += circuit.PROBE_SECONDS
    tell()
    tell()
    assert carrier.troubles == [], "one probe"
    seconds[0] += circuit.PROBE_SECONDS
    tell()
    tell()
    assert len(carrier.sent) == 2, "the probe got through, so all do"
    assert outbox.dispatch(now=after(minutes=30)) == 10


# --- overtaken --------------------------------------------------------------------------------------------


def test_a_confirmation_is_not_sent_for_a_visit_that_was_called_off(booking, carrier):
    row = write(booking)
    visits.cancel(booking=booking, actor=booking.customer, by=ActorKind.GUEST, now=NOW)
    carrier.sent.clear()
    assert outbox.dispatch(now=NOW) == 0
    row.refresh_from_db()
    assert (row.state, carrier.sent) == (NotificationState.SUPERSEDED, [])


def test_called_off_while_the_letters_before_it_were_slow(booking, carrier, monkeypatch):
    write(booking)
    real = outbox._claim

    def claim_then_cancel(row, *, now):
        with transaction.atomic():
            fresh = bookings.lock(booking)
            bookings.transition(fresh, "cancelled", actor_kind="guest", now=now)
        return real(row, now=now)

    monkeypatch.setattr(outbox, "_claim", claim_then_cancel)
    assert outbox.dispatch(now=NOW) == 0
    assert carrier.sent == []


def test_each_letter_knows_when_it_is_true():
    assert set(letters.TRUE_WHILE) == set(Letter)


def test_a_confirmation_is_pointless_after_the_visit(booking):
    assert letters.expires_at(Letter.BOOKED, booking, now=NOW) == NOW + dt.timedelta(hours=24)
    late = booking.ends_at - dt.timedelta(hours=3)
    assert letters.expires_at(Letter.BOOKED, booking, now=late) == booking.ends_at
    assert letters.expires_at(Letter.CANCELLED, booking, now=late) == late + dt.timedelta(hours=24)


def test_a_closed_account_gets_nothing(booking, carrier):
    row = write(booking)
    Booking.objects.get().customer.__class__.objects.filter(pk=booking.customer_id).update(is_active=False)
    assert outbox.dispatch(now=NOW) == 0
    row.refresh_from_db()
    assert row.state == NotificationState.DEAD


@pytest.mark.parametrize(
    "changed", [{"phone": "+966557654321"}, {"phone": None, "anonymised_at": NOW, "is_active": False}]
)
def test_it_goes_to_the_number_of_this_moment(booking, carrier, monkeypatch, changed):
    """The letters before it were slow, and meanwhile the number changed, or the account ended."""
    write(booking)
    real = outbox._claim

    def claim_then_change(row, *, now):
        User.objects.filter(pk=booking.customer_id).update(**changed)
        return real(row, now=now)

    monkeypatch.setattr(outbox, "_claim", claim_then_change)
    outbox.dispatch(now=NOW)
    assert [to for to, _ in carrier.sent] == [changed["phone"]] * bool(changed["phone"])


@pytest.mark.parametrize("step", ["_claim", "_stopped"])
def test_a_letter_that_cannot_even_be_looked_at_keeps_no_other(booking, carrier, monkeypatch, step):
    """Its row is locked by somebody, or a newer release wrote a kind of letter that this one does not know."""
    first, second = write(booking), write(booking, Letter.OWNER_NEW)
    real = getattr(outbox, step)

    def trouble(row, *, now):
        if row.pk == first.pk:
            raise OperationalError("lock timeout")
        return real(row, now=now)

    monkeypatch.setattr(outbox, step, trouble)
    assert outbox.dispatch(now=NOW) == 1
    second.refresh_from_db()
    assert second.state == NotificationState.SENT
    monkeypatch.setattr(outbox, step, real)
    assert outbox.dispatch(now=after(minutes=2)) == 1
