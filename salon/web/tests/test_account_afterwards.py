"""After the end: the same number is a new person, also for whoever was half-way through signing in."""

from __future__ import annotations

import threading

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from salon.accounts import consents
from salon.accounts.models import Consent, Purpose, User
from salon.accounts.phone_change import PhoneTaken, change_phone
from salon.accounts.tests.guest import LAMA, Guest
from salon.flows import data_rights
from salon.tests.chairs import NOW, booked
from salon.tests.people import person, rose

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def guest(tmp_path, settings):
    cache.clear()  # the pause between two codes
    settings.DEV_INBOX = tmp_path / "inbox.jsonl"
    return Guest(settings.DEV_INBOX)


def deleted(user, now=NOW):
    assert data_rights.ask_deletion(user=user, now=now).is_done
    return user


def test_the_same_number_signs_in_as_somebody_new_without_old_bookings(guest):
    lama = person("Lama", phone=LAMA)
    visit = booked(rose(), lama)
    deleted(lama, now=visit.ends_at)
    guest.inbox.unlink()  # what came before
    guest.sign_in()
    fresh = User.objects.get(phone=LAMA)
    assert guest.user_id == str(fresh.pk) != str(lama.pk)
    assert fresh.name == ""
    assert visit.reference not in guest.client.get("/en/bookings/?tab=past").content.decode()
    assert guest.client.get(f"/en/bookings/{visit.reference}/").status_code == 404


def test_a_code_that_was_on_its_way_lets_nobody_into_a_deleted_account(guest):
    lama = person("Lama", phone=LAMA)
    guest.ask(LAMA)
    code = guest.codes()[0]
    deleted(lama)
    answer = guest.type(code)
    assert answer.status_code == 302
    assert guest.user_id == str(User.objects.get(phone=LAMA).pk) != str(lama.pk)
    assert "Lama" not in guest.client.get("/en/account/").content.decode()
    lama.refresh_from_db()
    assert (lama.phone, lama.is_active) == (None, False)


def test_a_code_for_a_number_that_was_given_up_does_not_give_it_back(guest):
    """Somebody holds the old SIM and has asked for a code; meanwhile the number of the account was changed."""
    lama = person("Lama", phone=LAMA)
    guest.ask(LAMA)
    change_phone(user=lama, phone="+966557654321")
    guest.type(guest.codes()[0])
    lama.refresh_from_db()
    assert str(lama.phone) == "+966557654321"
    assert guest.user_id == str(User.objects.get(phone=LAMA).pk) != str(lama.pk)


def test_a_number_proved_in_the_second_of_the_deletion_is_not_written():
    lama = deleted(person("Lama", phone=LAMA))
    with pytest.raises(PhoneTaken):
        change_phone(user=lama, phone="+966557654321")
    assert User.objects.get(pk=lama.pk).phone is None


def test_two_tabs_in_the_same_second_agree_once():
    lama, gate = person("Lama"), threading.Barrier(6)

    def agree():
        gate.wait()
        consents.set_consents(lama, {Purpose.MARKETING_SMS: True}, language="ar", now=timezone.now())
        connection.close()

    tabs = [threading.Thread(target=agree) for _ in range(6)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert Consent.objects.count() == 1
