"""Operators: through the phone form into the administration, and what they may do there."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.urls import reverse

from salon.accounts import limits
from salon.accounts.models import UsageCounter, User
from salon.accounts.tests.guest import LAMA, REEM
from salon.tests.people import enter, person, with_second_factor

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator():
    call_command("createsuperuser", phone="0500000009", interactive=False)
    return User.objects.get()


def test_createsuperuser_takes_any_spelling_and_no_password(operator):
    assert str(operator.phone) == "+966500000009"
    assert (operator.is_staff, operator.is_superuser, operator.has_usable_password()) == (True, True, False)


def test_createsuperuser_refuses_what_is_not_a_phone():
    with pytest.raises(CommandError):
        call_command("createsuperuser", phone="hello", interactive=False)


def test_an_operator_signs_in_to_the_administration_with_a_code(guest, operator):
    answer = guest.client.get("/admin/", follow=True)
    path, status = answer.redirect_chain[-1]
    assert (status, path.split("?")[0]) == (302, "/accounts/login/")
    assert answer.status_code == 200
    done = guest.sign_in("+966500000009", next="/admin/")
    assert done["Location"] == "/admin/"
    with_second_factor(guest.client, operator)
    assert guest.client.get("/admin/").status_code == 200
    for name in ("accounts_user", "accounts_usagecounter"):
        assert guest.client.get(reverse(f"admin:{name}_changelist")).status_code == 200


def test_there_is_no_password_form(guest):
    answer = guest.client.post("/admin/login/", {"username": LAMA, "password": "x"})
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/")


def test_a_guest_is_told_that_the_administration_is_not_theirs(guest):
    guest.sign_in()
    answer = guest.client.get("/admin/", follow=True)
    assert answer.status_code == 403


@pytest.mark.parametrize("term", ["0551234567", "٠٥٥١٢٣٤٥٦٧", "+966 55 123 4567", "1234567", "Lama"])
def test_people_are_found_by_phone_or_name(guest, operator, term):
    person("Lama", LAMA)
    person("Reem", REEM)
    enter(guest.client, operator)
    answer = guest.client.get(reverse("admin:accounts_user_changelist"), {"q": term})
    assert [user.name for user in answer.context["cl"].queryset] == ["Lama"]


def test_a_person_added_by_hand_has_no_password(guest, operator):
    enter(guest.client, operator)
    fields = {"phone": "0551234567", "name": "Lama", "language": "en", "is_active": "on"}
    answer = guest.client.post(reverse("admin:accounts_user_add"), fields)
    assert answer.status_code == 302
    lama = User.objects.get(phone=LAMA)
    assert not lama.has_usable_password()
    assert guest.client.get(reverse("admin:accounts_user_change", args=[lama.pk])).status_code == 200


def test_an_operator_cannot_promote_anybody_or_take_another_operator_over(guest, operator):
    hind = person("Hind", LAMA, is_staff=True)
    hind.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    lama = person("Lama", REEM)
    enter(guest.client, hind)
    fields = {
        "phone": REEM,
        "name": "Lama",
        "language": "ar",
        "is_active": "on",
        "is_staff": "on",
        "is_superuser": "on",
    }
    assert guest.client.post(reverse("admin:accounts_user_change", args=[lama.pk]), fields).status_code == 302
    lama.refresh_from_db()
    assert (lama.is_staff, lama.is_superuser) == (False, False)
    url = reverse("admin:accounts_user_change", args=[operator.pk])
    assert guest.client.post(url, fields).status_code == 403
    assert (
        guest.client.post(reverse("admin:accounts_user_delete", args=[operator.pk]), {"post": "yes"}).status_code == 403
    )


def test_a_number_that_an_operator_changes_signs_the_old_ones_devices_out(client, guest, operator):
    """The phone was stolen, say: whoever has it must not stay signed in."""
    guest.sign_in()
    lama = User.objects.get(phone=LAMA)
    enter(client, operator)
    page = reverse("admin:accounts_user_change", args=[lama.pk])
    form = {"phone": LAMA, "name": "Lama", "language": "ar", "is_active": "on"}
    assert client.post(page, form).status_code == 302
    assert guest.client.get("/account/").status_code == 200, "a name is no reason"
    assert client.post(page, form | {"phone": REEM}).status_code == 302
    assert guest.client.get("/account/").status_code == 302
    assert client.get("/admin/").status_code == 200


def test_counters_are_looked_at_and_deleted_but_not_changed(guest, operator):
    now = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
    limits.take("codes-phone-day", LAMA, limit=1, window=limits.DAY, now=now)
    row = UsageCounter.objects.get()
    enter(guest.client, operator)
    assert guest.client.get(reverse("admin:accounts_usagecounter_add")).status_code == 403
    url = reverse("admin:accounts_usagecounter_change", args=[row.pk])
    assert guest.client.get(url).status_code == 200
    assert guest.client.post(url, {"count": 0}).status_code == 403
    found = guest.client.get(reverse("admin:accounts_usagecounter_changelist"), {"q": LAMA})
    assert list(found.context["cl"].queryset) == [row]
    guest.client.post(reverse("admin:accounts_usagecounter_delete", args=[row.pk]), {"post": "yes"})
    assert not UsageCounter.objects.exists()
