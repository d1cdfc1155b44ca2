"""A consent is a dated row with the words that were read; the newest of a purpose counts, and none is a no."""

from __future__ import annotations

import datetime as dt

import pytest

from salon.accounts import consents
from salon.accounts.models import Channel, Consent, Language, Purpose
from salon.tests.people import at, person

pytestmark = pytest.mark.django_db

NOW = at("2026-11-03", "10:00")
LATER = NOW + dt.timedelta(days=9)
BOTH = {Purpose.MARKETING_SMS: True, Purpose.MARKETING_WHATSAPP: True}


@pytest.fixture
def lama():
    return person("Lama")


def say(user, answers, now=NOW, **extra):
    return consents.set_consents(user, answers, language="ar", now=now, **extra)


def test_nobody_has_agreed_before_they_say_so(lama):
    assert consents.standing(lama) == {Purpose.MARKETING_SMS: None, Purpose.MARKETING_WHATSAPP: None}
    assert not consents.marketing_allowed(lama, Channel.SMS)
    assert not consents.marketing_allowed(lama, Channel.WHATSAPP)


def test_each_way_stands_alone(lama):
    say(lama, {Purpose.MARKETING_SMS: True})
    assert consents.marketing_allowed(lama, Channel.SMS)
    assert not consents.marketing_allowed(lama, "whatsapp")
    row = Consent.objects.get()
    assert (row.granted, row.at, row.language, row.text_version) == (True, NOW, "ar", consents.CURRENT)


def test_taking_it_back_is_a_row_too_and_the_newest_counts(lama):
    say(lama, BOTH)
    say(lama, {Purpose.MARKETING_WHATSAPP: False}, LATER)
    assert consents.marketing_allowed(lama, Channel.SMS)
    assert not consents.marketing_allowed(lama, Channel.WHATSAPP)
    assert Consent.objects.count() == 3
    assert consents.standing(lama)[Purpose.MARKETING_WHATSAPP].at == LATER


def test_no_row_where_nothing_changes(lama):
    assert say(lama, dict.fromkeys(BOTH, False)) == []
    say(lama, BOTH)
    assert say(lama, BOTH, LATER) == []
    assert Consent.objects.count() == 2


def test_a_rivals_yes_is_not_mine(lama):
    say(person("Reem"), BOTH)
    assert not consents.marketing_allowed(lama, Channel.SMS)
    assert say(lama, {Purpose.MARKETING_SMS: False}) == []


def test_a_yes_to_an_older_text_is_asked_again_and_a_no_never_is(lama, monkeypatch):
    monkeypatch.setitem(consents.TEXTS, "2025-01", consents.TEXTS[consents.CURRENT])
    with pytest.raises(consents.OldText):
        say(lama, BOTH, version="2025-01")
    assert Consent.objects.count() == 0
    say(lama, BOTH)
    say(lama, dict.fromkeys(BOTH, False), LATER, version="2025-01")
    assert not consents.marketing_allowed(lama, Channel.SMS)


@pytest.mark.parametrize("end", ["closed", "deleted"])
def test_a_closed_account_gets_no_offers(lama, end):
    say(lama, BOTH)
    lama.is_active = False
    if end == "deleted":
        lama.phone, lama.name, lama.anonymised_at = None, "", LATER
    lama.save()
    assert not consents.marketing_allowed(lama, Channel.SMS)
    if end == "deleted":
        assert say(lama, dict.fromkeys(BOTH, False), LATER) == []


def test_every_version_has_its_words_in_both_languages(lama):
    for texts in consents.TEXTS.values():
        assert set(texts) == set(Purpose)
        for words in texts.values():
            assert set(words) == set(Language.values)
    say(lama, {Purpose.MARKETING_SMS: True})
    row = Consent.objects.get()
    assert consents.words_of(row) == consents.sentence(Purpose.MARKETING_SMS, "ar")
    row.text_version = "1999-01"
    assert consents.words_of(row) is None


def test_queries(lama, django_assert_num_queries):
    with django_assert_num_queries(1):
        consents.standing(lama)
    with django_assert_num_queries(1):
        consents.marketing_allowed(lama, Channel.SMS)
    with django_assert_num_queries(5):  # savepoint, person, standing, rows, release
        say(lama, BOTH)
