"""The end of an account: what stops it, what goes, what stays, and that it never meets a booking half-way."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils.translation import override

from salon.accounts import consents
from salon.accounts.models import Consent, DataRequest, DataRequestState, Purpose, UsageCounter, User
from salon.bookings.errors import HoldExpired
from salon.bookings.models import ActorKind, Booking
from salon.flows import booking as visits
from salon.flows import data_rights
from salon.flows.data_rights import Kind
from salon.jobs.audit import audit
from salon.notifications.models import Notification
from salon.payments.models import LedgerEntry, Payment, Refund, RefundState
from salon.reviews.models import Review
from salon.reviews.queries import page_of
from salon.salons.models import Membership
from salon.tests.chairs import NOW, assert_sound, booked, hold, place
from salon.tests.people import person, rose

pytestmark = pytest.mark.django_db(transaction=True)

AFTER = NOW + dt.timedelta(days=3)
PHONE = "+966551234567"


@pytest.fixture
def lama():
    return person("Lama", phone=PHONE)


@pytest.fixture
def shop():
    return rose()


def ask(user, now=AFTER):
    return data_rights.ask_deletion(user=user, now=now)


def kinds(user, now=AFTER):
    return [each.kind for each in data_rights.obstacles(user=user, now=now)]


def broken(now=AFTER):
    return {each.name: each.broken for each in audit(now=now) if each.broken}


def test_nothing_in_the_way_it_is_done_at_once(lama):
    answer = ask(lama)
    assert answer.is_done
    assert answer.obstacles == []
    lama.refresh_from_db()
    assert (lama.phone, lama.name, lama.is_active, lama.anonymised_at) == (None, "", False, AFTER)
    with override("en"):
        assert (lama.language, str(lama)) == ("ar", "deleted account")
    request = DataRequest.objects.get()
    assert (request.state, request.requested_at, request.closed_at) == ("done", AFTER, AFTER)
    assert request.due_at == AFTER + dt.timedelta(days=30)
    assert broken() == {}


def test_what_goes_and_what_stays(lama, shop, client):
    visit = place(hold(shop, held_from="a" * 32), lama, note="The red room, please")
    visits.complete(booking=visit, actor=shop.owner, now=visit.starts_at)
    Review.objects.create(booking=visit, salon=shop.salon, rating=5, text="Lovely", created_at=AFTER)
    consents.set_consents(lama, {Purpose.MARKETING_SMS: True}, language="ar", now=NOW)
    UsageCounter.objects.create(name="code", key=PHONE, window_start=NOW, count=3)
    UsageCounter.objects.create(name="code", key="+966551234568", window_start=NOW, count=3)
    Authenticator.objects.create(user=lama, type="totp", data={})
    client.force_login(lama)
    UserSession.objects.create(user=lama, session_key=client.session.session_key, ip="10.0.0.1", user_agent="x")
    LogEntry.objects.create(
        user=shop.owner,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(lama.pk),
        object_repr="Lama",
        action_flag=CHANGE,
    )
    LogEntry.objects.create(
        user=shop.owner,
        content_type=ContentType.objects.get_for_model(UsageCounter),
        object_id="1",
        object_repr=f"codes-phone-hour {PHONE}: 5",
        action_flag=DELETION,
    )
    letters = Notification.objects.filter(recipient=lama).count()
    assert page_of(shop.salon, 1).reviews[0].author == "Lama"

    assert ask(lama).is_done
    visit.refresh_from_db()
    assert (visit.note, visit.held_from, visit.status, visit.customer_id) == ("", "", "completed", lama.pk)
    assert list(UsageCounter.objects.values_list("key", flat=True)) == ["+966551234568"]
    assert not Authenticator.objects.exists()
    assert not UserSession.objects.exists()
    assert not Session.objects.exists()
    assert list(LogEntry.objects.values_list("object_repr", flat=True)) == ["", ""]
    assert client.get("/en/account/").status_code == 302
    assert Consent.objects.count() == 1
    assert Notification.objects.filter(recipient=lama).count() == letters == 1
    review = page_of(shop.salon, 1).reviews[0]
    assert (review.author, review.text) == ("", "Lovely")
    assert broken() == {}


def test_money_that_was_taken_stays_in_the_books(paid, settings):
    """Payments, ledger and refunds do not change by a letter."""
    visit, after = paid, paid.booking.ends_at + dt.timedelta(hours=1)
    before = [list(model.objects.values()) for model in (Payment, LedgerEntry, Refund)]
    assert data_rights.ask_deletion(user=visit.lama, now=after).is_done
    assert [list(model.objects.values()) for model in (Payment, LedgerEntry, Refund)] == before


@pytest.fixture
def paid(visit):
    visit.start()
    visit.pay()
    visit.settle()
    assert visit.status() == "confirmed"
    return visit


def test_the_same_number_is_a_new_person(lama, shop):
    visit = booked(shop, lama)
    ask(lama, now=visit.ends_at)
    again = person("Lama", phone=PHONE)
    assert again.pk != lama.pk
    assert not Booking.objects.filter(customer=again).exists()


def test_a_visit_ahead_keeps_it_open_until_it_is_called_off(lama, shop):
    visit = booked(shop, lama)
    answer = ask(lama, now=NOW)
    assert not answer.is_done
    assert [(each.kind, [one.pk for one in each.bookings]) for each in answer.obstacles] == [(Kind.BOOKING, [visit.pk])]
    assert data_rights.carry_out_open(now=NOW) == 0
    lama.refresh_from_db()
    assert lama.name == "Lama"
    visits.cancel(booking=visit, actor=lama, by=ActorKind.GUEST, now=NOW)
    assert data_rights.carry_out_open(now=NOW + dt.timedelta(minutes=1)) == 1
    assert DataRequest.objects.get().state == DataRequestState.DONE
    assert User.objects.get(pk=lama.pk).phone is None
    assert_sound()


def test_a_visit_that_is_over_is_not_in_the_way_although_nobody_closed_it(lama, shop):
    visit = booked(shop, lama)
    assert kinds(lama, now=visit.ends_at - dt.timedelta(minutes=1)) == [Kind.BOOKING]
    assert kinds(lama, now=visit.ends_at) == []
    ask(lama, now=visit.ends_at)
    visits.complete(booking=visit, actor=shop.owner, now=visit.ends_at)
    assert broken(visit.ends_at) == {}


def test_a_hold_that_was_only_looked_at_is_let_go(lama, shop):
    looked_at = hold(shop, customer=lama)
    assert ask(lama, now=NOW).is_done
    looked_at.refresh_from_db()
    assert (looked_at.status, looked_at.customer_id) == ("cancelled", None)
    assert_sound()


def test_money_coming_in_is_in_the_way(visit):
    now = visit.clock()
    assert kinds(visit.lama, now) == [Kind.PAYMENT]
    visit.start()
    visit.expire()
    assert kinds(visit.lama, visit.clock()) == [Kind.PAYMENT]  # its page may still be open somewhere


def test_money_going_back_is_in_the_way_and_so_is_money_that_got_stuck(paid):
    refund = Refund.objects.create(
        payment=paid.payment, amount=100, reason="x", state=RefundState.WANTED, created_at=paid.clock()
    )
    after = paid.booking.ends_at
    assert kinds(paid.lama, after) == [Kind.REFUND]
    Refund.objects.filter(pk=refund.pk).update(state=RefundState.STOPPED)
    assert kinds(paid.lama, after) == [Kind.REFUND]
    for over in (RefundState.DONE, RefundState.DROPPED):
        Refund.objects.filter(pk=refund.pk).update(state=over)
        assert kinds(paid.lama, after) == []


def test_money_that_comes_after_the_end_goes_back(visit):
    """The page was paid although its booking had expired and its guest had left: nobody gets a chair for it."""
    visit.start()
    visit.pay()  # and the gateway keeps quiet about it
    visit.expire()
    Payment.objects.update(state="expired")
    assert data_rights.ask_deletion(user=visit.lama, now=visit.clock()).is_done
    visit.settle()
    assert visit.status() == "expired"
    assert visit.ledger()[0][0] == "capture"
    assert Refund.objects.count() == 1
    assert not Notification.objects.filter(state="sent", letter="late_payment").exists()


def test_people_of_salons_and_operators_give_up_their_keys_first(shop):
    assert kinds(shop.owner) == [Kind.SALON]
    shop.noura.user = noura = person("Noura")
    shop.noura.save()
    assert kinds(noura) == [Kind.SALON]
    operator = person("Faisal", is_staff=True)
    assert kinds(operator) == [Kind.OPERATOR]
    for each in (shop.owner, noura, operator):
        assert not ask(each).is_done
    assert data_rights.carry_out_open(now=AFTER) == 0
    Membership.objects.all().delete()
    shop.noura.is_active = False
    shop.noura.save()
    User.objects.update(is_staff=False)
    assert data_rights.carry_out_open(now=AFTER) == 3


def test_pressed_twice_it_is_one_request(lama, shop):
    booked(shop, lama)
    first, second = ask(lama, now=NOW), ask(lama, now=NOW + dt.timedelta(hours=1))
    assert first.request.pk == second.request.pk
    assert second.request.due_at == NOW + dt.timedelta(days=30)


def test_asked_again_after_the_end_it_stays_done(lama):
    ask(lama)
    assert ask(lama).is_done
    assert DataRequest.objects.count() == 1


def test_withdrawn_it_is_not_carried_out(lama, shop):
    visit = booked(shop, lama)
    request = ask(lama, now=NOW).request
    assert data_rights.withdraw(user=lama, now=NOW)
    assert not data_rights.withdraw(user=lama, now=NOW)
    assert data_rights.carry_out_open(now=visit.ends_at) == 0
    assert not data_rights.carry_out(request=request, now=visit.ends_at).is_done
    assert DataRequest.objects.get().state == DataRequestState.WITHDRAWN
    assert not ask(lama, now=NOW).is_done
    assert DataRequest.objects.count() == 2


def test_one_that_fails_stops_no_other(lama, shop, monkeypatch):
    for each in (lama, person("Reem")):
        booked(shop, each, "16:00" if each == lama else "18:00")
        ask(each, now=NOW)
    real = data_rights.close_account

    def trip(user, *, now):
        if user == lama:
            raise RuntimeError
        real(user, now=now)

    monkeypatch.setattr(data_rights, "close_account", trip)
    assert data_rights.carry_out_open(now=AFTER) == 1
    assert User.objects.get(pk=lama.pk).name == "Lama"


def test_a_closed_account_places_nothing(lama, shop):
    kept = hold(shop)
    ask(lama, now=NOW)
    with pytest.raises(HoldExpired):
        place(kept, lama)
    assert Booking.objects.get().status == "held"


def test_deletion_and_booking_in_the_same_second(lama, shop):
    """Whoever is first, no booking of a deleted person is left ahead."""
    for number, start in enumerate(("12:00", "14:00", "16:00", "18:00")):
        guest = person(f"Guest {number}")
        kept, outcome = hold(shop, start), []
        gate = threading.Barrier(2)

        def go(work, gate=gate, outcome=outcome):
            gate.wait()
            try:
                outcome.append(work())
            except HoldExpired as refused:
                outcome.append(refused)
            finally:
                connection.close()

        jobs = [
            threading.Thread(target=go, args=[lambda kept=kept, guest=guest: place(kept, guest)]),
            threading.Thread(target=go, args=[lambda guest=guest: ask(guest, now=NOW)]),
        ]
        for job in jobs:
            job.start()
        for job in jobs:
            job.join()
        assert len(outcome) == 2
        gone = User.objects.get(pk=guest.pk).anonymised_at is not None
        assert gone == (not Booking.objects.filter(customer=guest, status="confirmed").exists())
        assert DataRequest.objects.filter(user=guest, state="done").exists() == gone
    assert broken(NOW) == {}


def test_queries(lama, shop, django_assert_num_queries):
    booked(shop, lama)
    booked(shop, lama, "18:00")
    with django_assert_num_queries(5):
        data_rights.obstacles(user=lama, now=NOW)
    ask(lama, now=NOW)
    with django_assert_num_queries(1):
        data_rights.carry_out_open(now=NOW)
