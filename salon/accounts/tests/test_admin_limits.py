"""Counters in plain words, found by phone or address, and lifted by whoever may."""

from __future__ import annotations

import pytest
import time_machine
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from salon.accounts import limits
from salon.accounts.budgets import BUDGETS, PHONE_TRIES, TRIES
from salon.accounts.models import UsageCounter
from salon.accounts.tests.guest import LAMA, REEM, Guest
from salon.tests.people import enter, person

pytestmark = pytest.mark.django_db

LIST = "admin:accounts_usagecounter_changelist"


@pytest.fixture
def office(guest):
    """A browser in which somebody with these rights is at work."""

    def open_for(*rights):
        hind = person("Hind", "+966500000009", is_staff=True)
        hind.user_permissions.set(Permission.objects.filter(codename__in=rights))
        enter(guest.client, hind)
        return guest.client

    return open_for


@pytest.fixture
def looking(office):
    return office("view_usagecounter")


@pytest.fixture
def lifting(office):
    return office("view_usagecounter", "delete_usagecounter")


def _english(client, name, *args):
    with override("en"):
        return client.get(reverse(name, args=args)).content.decode()


def _row(name, key, count=1):
    budget = next(budget for budget in (*BUDGETS, TRIES, PHONE_TRIES) if budget.name == name)
    now = timezone.now()
    for _ in range(count):
        limits.take(name, key, limit=99, window=budget.window, now=now)
    return UsageCounter.objects.get(name=name, key=key)


def _found(client, **query):
    return list(client.get(reverse(LIST), query).context["cl"].queryset)


@time_machine.travel("2026-11-22 15:00:05+00:00", tick=False)
def test_a_row_reads_like_a_sentence(looking):
    row = _row("codes-phone-hour", LAMA, 5)
    page = _english(looking, LIST)
    for words in ("Codes for one phone in an hour", "055 123 4567", "5 of 5", "22 November 2026 7:00 PM"):
        assert words in page
    one = _english(looking, "admin:accounts_usagecounter_change", row.pk)
    assert "5 of 5" in one
    assert "Lift this limit" not in one, "who may only look has no button"


@pytest.mark.parametrize(
    ("name", "key", "words"),
    [
        ("codes-prefix-day", "+96655123", "numbers that begin with"),
        ("codes-address", "ab" * 16, "fingerprint abababab"),
        ("codes-all", "all", "the whole site"),
        ("code-tries", "cd" * 16, "one code (fingerprint cdcdcdcd)"),
    ],
)
def test_every_key_has_words(looking, name, key, words):
    _row(name, key)
    assert words in _english(looking, LIST)


def test_a_counter_of_another_room_is_shown_as_it_is(looking):
    limits.take("something-else", "key-7", limit=9, window=limits.DAY, now=timezone.now())
    page = looking.get(reverse(LIST)).content.decode()
    assert "something-else" in page
    assert "key-7" in page


@pytest.mark.parametrize("typed", ["0551234567", "٠٥٥ ١٢٣ ٤٥٦٧", "+966 55 123 4567", "00966551234567"])
def test_a_phone_is_found_in_any_spelling_with_its_range(looking, typed):
    wanted = {_row("codes-phone-hour", LAMA), _row("codes-prefix", LAMA[:9])}
    _row("codes-phone-hour", REEM)
    assert set(_found(looking, q=typed)) == wanted


@pytest.mark.parametrize(
    ("typed", "kept"), [("203.0.113.7", "203.0.113.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")]
)
def test_an_address_is_found_by_itself(looking, typed, kept):
    row = _row("codes-address", limits.address_key(kept))
    _row("codes-address", limits.address_key("198.51.100.1"))
    assert _found(looking, q=typed) == [row]


def test_the_address_of_a_real_guest_is_found(looking, inbox):
    Guest(inbox, REMOTE_ADDR="203.0.113.7").ask()
    assert {row.name for row in _found(looking, q="203.0.113.7")} == {"codes-address", "codes-address-day"}


def test_only_those_that_refuse_now(looking):
    full, _open = _row("codes-phone-hour", LAMA, 5), _row("codes-phone-hour", REEM, 4)
    old = _row("codes-phone-day", REEM, 10)
    UsageCounter.objects.filter(pk=old.pk).update(window_start=timezone.now() - 2 * limits.DAY)
    assert _found(looking, reached="yes") == [full]
    assert set(_found(looking, name="codes-phone-hour")) == {full, _open}


def test_lifting_a_limit_by_its_button_lets_the_next_code_out_and_is_written_down(lifting, inbox, settings):
    settings.OTP_CODES_PER_PHONE_HOUR = 1
    with time_machine.travel("2026-11-22 15:00:05+00:00", tick=False) as clock:
        Guest(inbox).ask()
        clock.shift(31)
        assert Guest(inbox).ask().status_code == 429
        row = UsageCounter.objects.get(name="codes-phone-hour")
        assert "Lift this limit" in _english(lifting, "admin:accounts_usagecounter_change", row.pk)
        done = lifting.post(reverse("admin:accounts_usagecounter_lift", args=[row.pk]))
        assert (done.status_code, done["Location"]) == (302, reverse(LIST))
        assert Guest(inbox).ask().status_code == 303
    entry = LogEntry.objects.get()
    assert (entry.action_flag, entry.object_id, str(entry.user)) == (DELETION, str(row.pk), "Hind")
    assert LAMA in entry.object_repr


def test_lifting_several_as_an_action(lifting):
    rows = [_row("codes-phone-hour", LAMA, 5), _row("codes-phone-day", LAMA, 5)]
    tries = [_row("code-tries", "ab" * 16, 5), _row("code-tries-phone", LAMA, 25)]
    chosen = [row.pk for row in (*rows, *tries)]
    answer = lifting.post(reverse(LIST), {"action": "lift", "_selected_action": chosen}, follow=True)
    assert answer.status_code == 200
    assert set(UsageCounter.objects.all()) == set(tries), "tries of a code are never given back"
    assert LogEntry.objects.count() == 2
    assert "alert" in answer.content.decode() or "messagelist" in answer.content.decode()


def test_who_may_only_look_lifts_nothing(looking):
    row = _row("codes-phone-hour", LAMA, 5)
    assert looking.post(reverse("admin:accounts_usagecounter_lift", args=[row.pk])).status_code == 403
    looking.post(reverse(LIST), {"action": "lift", "_selected_action": [row.pk]})
    assert list(UsageCounter.objects.all()) == [row]
    assert not LogEntry.objects.exists()


def test_the_button_is_a_post_on_a_row_that_is_there(lifting):
    row = _row("code-tries", "ab" * 16, 5)
    url = reverse("admin:accounts_usagecounter_lift", args=[row.pk])
    assert lifting.get(url).status_code == 405
    assert lifting.post(url).status_code == 403, "tries"
    assert lifting.post(reverse("admin:accounts_usagecounter_lift", args=[row.pk + 1])).status_code == 404


def test_a_guest_lifts_nothing(guest):
    row = _row("codes-phone-hour", LAMA, 5)
    answer = guest.client.post(reverse("admin:accounts_usagecounter_lift", args=[row.pk]))
    assert answer.status_code == 302
    assert UsageCounter.objects.exists()
