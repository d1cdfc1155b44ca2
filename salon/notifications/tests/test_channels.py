"""A letter goes by the way its recipient chose, if the site offers it and its wire can carry it."""

from __future__ import annotations

import logging

import pytest

from salon.messaging.base import Receipt
from salon.notifications import channels, messages, outbox, providers
from salon.notifications.models import Notification
from salon.tests.chairs import NOW, booked
from salon.tests.people import person, rose

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def both(settings):
    settings.NOTIFICATION_CHANNELS = ["sms", "whatsapp"]
    return settings


@pytest.mark.parametrize(
    ("wanted", "provider", "offered"),
    [
        (["sms", "whatsapp"], "console", ("sms", "whatsapp")),
        (["whatsapp", "sms"], "console", ("whatsapp", "sms")),
        (["sms", "whatsapp"], "unifonic", ("sms",)),
        (["whatsapp"], "unifonic", ("sms",)),
        (["sms", "sms", "pigeon"], "console", ("sms",)),
        ([], "console", ("sms",)),
    ],
)
def test_only_what_the_wire_carries_is_offered(settings, wanted, provider, offered):
    settings.NOTIFICATION_CHANNELS, settings.NOTIFICATION_PROVIDER = wanted, provider
    assert channels.offered() == offered


def test_the_choice_first_and_else_the_sites(both):
    lama = person("Lama")
    assert channels.channel_for(lama) == "sms"
    lama.letter_channel = "whatsapp"
    assert channels.channel_for(lama) == "whatsapp"
    both.NOTIFICATION_CHANNELS = ["sms"]
    assert channels.channel_for(lama) == "sms"


def test_each_person_is_written_to_in_their_own_way(both, caplog):
    shop, lama = rose(), person("Lama", letter_channel="whatsapp")
    with caplog.at_level(logging.INFO, "salon.messaging.console"):
        visit = booked(shop, lama)
    assert f"WhatsApp to {lama.phone} : " in caplog.text
    assert visit.reference in caplog.text
    assert f"SMS to {shop.owner.phone} : " in caplog.text
    rows = dict(Notification.objects.values_list("letter", "channel"))
    assert rows == {"booked": "whatsapp", "owner_new": "sms"}


def test_a_choice_that_is_not_offered_any_more_goes_by_sms(both, caplog):
    both.NOTIFICATION_CHANNELS = ["sms"]
    lama = person("Lama", letter_channel="whatsapp")
    with caplog.at_level(logging.INFO, "salon.messaging.console"):
        booked(rose(), lama)
    assert f"SMS to {lama.phone} : " in caplog.text
    assert "WhatsApp" not in caplog.text
    assert set(Notification.objects.values_list("channel", flat=True)) == {"sms"}


def test_a_letter_that_waited_goes_by_the_way_that_is_wanted_then(both, monkeypatch):
    """Each attempt asks anew, and the row says which way the last one took."""
    sent = []

    class Carrier:
        def send(self, to, text):
            sent.append(to)
            return Receipt("1")

    monkeypatch.setattr(outbox, "_poke", lambda *args, **kwargs: None)
    monkeypatch.setattr(providers, "provider", Carrier)
    lama = person("Lama", letter_channel="whatsapp")
    booked(rose(), lama)
    lama.letter_channel = "sms"
    lama.save()
    outbox.dispatch(now=NOW)
    assert str(lama.phone) in sent
    assert Notification.objects.get(letter="booked").channel == "sms"


def test_a_deleted_guest_has_a_name_in_letters_to_the_salon_and_gets_none(both):
    shop, lama = rose(), person("Lama")
    visit = booked(shop, lama)
    lama.name, lama.phone, lama.is_active, lama.anonymised_at = "", None, False, NOW
    lama.save()
    owner = shop.owner
    row = Notification.objects.get(letter="owner_new")
    row.booking.refresh_from_db()
    owner.language = "en"
    assert "deleted account" in messages.render("owner_new", booking=row.booking, recipient=owner)
    Notification.objects.filter(letter="booked").update(state="queued", next_at=visit.created_at)
    outbox.dispatch(now=NOW)
    assert Notification.objects.get(letter="booked").state == "dead"
