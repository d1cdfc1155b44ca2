"""Changing the number: proved first, coded second, told to the old one, and never an oracle."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from salon.accounts.models import User
from salon.accounts.tests.guest import HTMX, LAMA, REEM, Guest
from salon.bookings.models import Booking
from salon.flows import phone_change
from salon.messaging.console import read_inbox
from salon.owner.tests.office import book
from salon.tests.people import rose

HERE = "/en/account/security/phone/"
CODE = "/en/account/security/phone/code/"
NEW = "+966559876543"


def ask(guest, phone="0559876543", **extra):
    return guest.client.post(HERE, {"phone": phone, **extra})


def give(guest, code):
    return guest.client.post(CODE, {"action": "verify", "code": code})


def phone_of(person):
    return str(User.objects.get(pk=person.pk).phone)


@pytest.mark.parametrize(
    ("path", "words"), [("/account/security/phone/", 'lang="ar" dir="rtl"'), (HERE, "New mobile number")]
)
def test_the_page_in_both_languages(fresh, path, words):
    answer = fresh.client.get(path)
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert "055 123 4567" in answer.content.decode()


def test_the_whole_way(fresh, lama, inbox):
    sent = ask(fresh, "٠٥٥٩٨٧٦٥٤٣")
    assert (sent.status_code, sent["Location"]) == (303, CODE)
    assert "055 987 6543" in fresh.client.get(CODE).content.decode()
    assert phone_of(lama) == LAMA
    done = give(fresh, fresh.codes(NEW)[0])
    assert (done.status_code, done["Location"]) == (303, "/en/account/security/")
    assert phone_of(lama) == NEW
    assert "The number was changed" in fresh.client.get(done["Location"]).content.decode()
    letter = next(each for each in read_inbox(inbox) if each.to == LAMA)
    assert "http://localhost:8000" in letter.text
    assert not any(digit in letter.text.replace("8000", "") for digit in "0123456789")


def test_one_signs_in_by_the_new_number_and_not_by_the_old(fresh, lama, inbox):
    ask(fresh)
    give(fresh, fresh.codes(NEW)[0])
    cache.clear()  # no pause between two codes
    again = Guest(inbox)
    again.sign_in(NEW)
    assert again.user_id == str(lama.pk)


def test_bookings_stay_with_the_person(fresh, lama):
    booking = book(rose(), "13:00", customer=lama)
    ask(fresh)
    give(fresh, fresh.codes(NEW)[0])
    assert Booking.objects.get(pk=booking.pk).customer_id == lama.pk
    assert fresh.client.get(f"/en/bookings/{booking.reference}/").status_code == 200


def test_other_devices_are_signed_out_and_this_one_is_not(fresh, lama, inbox):
    other = Guest(inbox)
    other.sign_in()
    assert other.client.get("/en/account/").status_code == 200
    ask(fresh)
    give(fresh, fresh.codes(NEW)[0])
    assert other.client.get("/en/account/").status_code == 302
    assert fresh.client.get("/en/account/").status_code == 200


def test_a_taken_number_looks_like_a_free_one_until_its_code_is_right(fresh, lama, reem):
    free = ask(fresh)
    fresh.client.post(CODE, {"action": "drop"})
    taken = ask(fresh, "0557654321")
    assert (taken.status_code, taken["Location"]) == (free.status_code, free["Location"])
    page = fresh.client.get(CODE).content.decode()
    assert "another account" not in page
    wrong = give(fresh, fresh.wrong(REEM))
    assert wrong.status_code == 422
    assert "another account" not in wrong.content.decode()
    done = give(fresh, fresh.codes(REEM)[0])
    assert (done.status_code, done["Location"]) == (303, HERE)
    assert "belongs to another account" in fresh.client.get(HERE).content.decode()
    assert (phone_of(lama), phone_of(reem)) == (LAMA, REEM)
    assert not any(each.to == LAMA for each in read_inbox(fresh.inbox))


def test_a_number_taken_at_the_last_moment(fresh, lama, reem):
    ask(fresh)
    User.objects.filter(pk=reem.pk).update(phone=NEW)
    assert give(fresh, fresh.codes(NEW)[0])["Location"] == HERE
    assert phone_of(lama) == LAMA


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Enter a mobile number"),
        ("hello", "This is not a mobile number"),
        ("0112345678", "landline"),
        ("+971501234567", "Only Saudi"),
        ("055 123 4567", "already your number"),
    ],
)
def test_what_is_no_new_number(fresh, typed, words):
    answer = ask(fresh, typed)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not read_inbox(fresh.inbox)


def test_codes_cost_as_at_sign_in(fresh):
    ask(fresh)
    fresh.client.post(CODE, {"action": "drop"})
    again = ask(fresh)
    assert again.status_code == 429
    assert "Retry-After" in again
    assert "Another one can be sent" in again.content.decode()
    assert len(fresh.codes(NEW)) == 1


def test_wrong_codes_end_it_and_change_nothing(fresh, lama):
    ask(fresh)
    for _ in range(4):
        assert give(fresh, fresh.wrong(NEW)).status_code == 422
    assert give(fresh, fresh.wrong(NEW))["Location"] == HERE
    assert give(fresh, fresh.codes(NEW)[0])["Location"] == HERE
    assert phone_of(lama) == LAMA


def test_without_a_code_on_its_way_there_is_no_code_page(fresh):
    assert fresh.client.get(CODE)["Location"] == HERE
    assert give(fresh, "123456")["Location"] == HERE
    assert fresh.client.post(CODE, {"action": "resend"})["Location"] == HERE


def test_another_code_by_the_other_way(fresh, settings):
    settings.OTP_CHANNELS = ["sms", "whatsapp"]
    ask(fresh)
    refused = fresh.client.post(CODE, {"action": "resend", "channel": "whatsapp"})
    assert refused.status_code == 429
    assert "by WhatsApp instead" in refused.content.decode()


def test_an_old_session_proves_itself_first(guest):
    for answer in (guest.client.get(HERE), ask(guest), guest.client.get(CODE), give(guest, "123456")):
        assert answer.status_code == 303
        assert "/prove/" in answer["Location"]
    assert not read_inbox(guest.inbox)


def test_a_stranger_signs_in(client):
    for path in (HERE, CODE):
        assert client.get(path).status_code == 302
        assert client.get(path, headers=HTMX).status_code == 401


@pytest.mark.parametrize("path", [HERE, CODE])
def test_the_wrong_method(fresh, path):
    assert fresh.client.put(path).status_code == 405


def test_a_code_begun_by_one_person_is_nothing_to_another(fresh, rival, reem):
    ask(fresh)
    answer = rival.post(CODE, {"action": "verify", "code": fresh.codes(NEW)[0]})
    assert answer["Location"] == HERE
    assert phone_of(reem) == REEM


def test_a_wire_in_trouble_does_not_undo_the_change(fresh, lama, monkeypatch, caplog):
    def broken():
        raise RuntimeError("no wire")

    monkeypatch.setattr(phone_change.providers, "provider", broken)
    ask(fresh)
    assert give(fresh, fresh.codes(NEW)[0])["Location"] == "/en/account/security/"
    assert phone_of(lama) == NEW
    assert LAMA not in caplog.text.replace("SMS to", "")
    assert "could not be told" in caplog.text


def test_the_old_number_hears_it_in_its_own_language(fresh, lama, inbox):
    User.objects.filter(pk=lama.pk).update(language="en")
    ask(fresh)
    give(fresh, fresh.codes(NEW)[0])
    assert any("was changed" in each.text for each in read_inbox(inbox) if each.to == LAMA)


def test_forged_forms(lama):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(lama)
    assert strict.post(HERE, {"phone": NEW}).status_code == 403
    assert strict.post(CODE, {"action": "verify"}).status_code == 403
