"""Operators find and change salons in either language; guests' search follows what they change."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from salon.salons.domain import refresh_search_text
from salon.salons.models import Membership, Salon, Season, Service, StaffService, WeeklyHours
from salon.tests.people import enter, make_salon, person, rose

pytestmark = pytest.mark.django_db

MODELS = (
    *("salon", "city", "district", "category", "service", "staff", "season", "membership", "weeklyhours"),
    *("closure", "variant", "staffservice", "seasonhours"),
)


@pytest.fixture
def operator(client):
    user = person("Faisal", is_staff=True, is_superuser=True)
    enter(client, user)
    return client


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("search", ["", "لمسة", "Rose", "\u202e", "10**30"])
def test_every_list_opens_and_is_searched(operator, model, search):
    refresh_search_text(rose().salon)
    response = operator.get(reverse(f"admin:salons_{model}_changelist"), {"q": search} if search else {})
    assert response.status_code == 200


@pytest.mark.parametrize("model", MODELS)
def test_lists_are_for_operators_only(client, model):
    client.force_login(person("Lama"))
    assert client.get(reverse(f"admin:salons_{model}_changelist")).status_code in (302, 403)


@pytest.mark.parametrize("typed", ["لمسة", "لَمسه", "حي الملقا", "touch", "rose"])
def test_a_salon_is_found_as_guests_find_it(operator, typed):
    refresh_search_text(rose().salon)
    make_salon(slug="other", name_ar="أخرى", name_en="Other", district=None)
    html = operator.get(reverse("admin:salons_salon_changelist"), {"q": typed}).content.decode()
    assert "Touch of Rose" in html
    assert "Other" not in html


@pytest.mark.parametrize("many", [1, 8])
@pytest.mark.parametrize(("model", "queries"), [("salon", 7), ("service", 8), ("staff", 7), ("weeklyhours", 7)])
def test_lists_take_the_same_number_of_queries(operator, django_assert_num_queries, model, queries, many):
    for number in range(many):
        rose(slug=f"rose-{number}")
    url = reverse(f"admin:salons_{model}_changelist")
    operator.get(url)
    with django_assert_num_queries(queries):
        assert operator.get(url).status_code == 200


def form_of(response) -> dict[str, str]:
    """The values that the change form holds, as a browser would send them back."""
    sent = {}
    admin_form = response.context["adminform"].form
    for form in (
        admin_form,
        *(each for inline in response.context["inline_admin_formsets"] for each in _forms(inline)),
    ):
        for bound in form:
            value = bound.value()
            if value is not None and value is not False:
                sent[bound.html_name] = str(value)
    return sent


def _forms(inline) -> list:
    return [inline.formset.management_form, *inline.formset.forms]


def test_saving_a_salon_refreshes_what_guests_search(operator):
    shop = rose()
    url = reverse("admin:salons_salon_change", args=[shop.salon.pk])
    data = form_of(operator.get(url)) | {"name_en": "Jasmine House"}
    response = operator.post(url, data)
    assert response.status_code == 302, response.context and response.context["errors"]
    shop.salon.refresh_from_db()
    assert "jasmine house" in shop.salon.search_text
    assert "gel manicure" in shop.salon.search_text
    assert WeeklyHours.objects.filter(salon=shop.salon).count() == 7


def test_saving_or_deleting_a_service_does_too(operator):
    shop = rose()
    refresh_search_text(shop.salon)
    url = reverse("admin:salons_service_change", args=[shop.cut.pk])
    assert operator.post(url, form_of(operator.get(url)) | {"name_en": "Dry cut"}).status_code == 302
    shop.salon.refresh_from_db()
    assert "dry cut" in shop.salon.search_text
    url = reverse("admin:salons_service_delete", args=[shop.nails.pk])
    assert operator.post(url, {"post": "yes"}).status_code == 302
    shop.salon.refresh_from_db()
    assert not Service.objects.filter(pk=shop.nails.pk).exists()
    assert "manicure" not in shop.salon.search_text


def test_renaming_a_district_reaches_its_salons(operator):
    shop = rose()
    url = reverse("admin:salons_district_change", args=[shop.salon.district.pk])
    assert operator.post(url, form_of(operator.get(url)) | {"name_ar": "النرجس"}).status_code == 302
    shop.salon.refresh_from_db()
    assert "نرجس" in shop.salon.search_text


def test_a_persons_own_hours_belong_to_their_salon(operator):
    shop = rose()
    url = reverse("admin:salons_staff_change", args=[shop.noura.pk])
    page = operator.get(url)
    assert "Gel manicure" not in page.content.decode() or shop.nails.salon_id == shop.salon.pk
    data = form_of(page) | {
        "weekly_hours-TOTAL_FORMS": "1",
        "weekly_hours-0-weekday": "1",
        "weekly_hours-0-start_minute": "600",
        "weekly_hours-0-end_minute": "900",
    }
    assert operator.post(url, data).status_code == 302
    own = WeeklyHours.objects.get(staff=shop.noura)
    assert (own.salon_id, own.start_minute) == (shop.salon.pk, 600)


def test_a_person_is_offered_only_their_salons_services(operator):
    shop, rival = rose(), rose(slug="rival")
    rival.cut.name_ar = "خدمة المنافس"
    rival.cut.save()
    html = operator.get(reverse("admin:salons_staff_change", args=[shop.noura.pk])).content.decode()
    assert "قص وتصفيف" in html
    assert "خدمة المنافس" not in html
    assert StaffService.objects.filter(staff=shop.noura).count() == 1


def test_publish_and_suspend(operator):
    shop = rose()
    url = reverse("admin:salons_salon_changelist")
    operator.post(url, {"action": "suspend", "_selected_action": [shop.salon.pk]})
    assert Salon.objects.get().status == "suspended"
    operator.post(url, {"action": "publish", "_selected_action": [shop.salon.pk]})
    assert Salon.objects.get().status == "published"
    assert Membership.objects.count() == 1


def test_seeing_salons_is_not_suspending_them(client):
    shop = rose().salon
    clerk = person("Hind", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_salon"))
    enter(client, clerk)
    client.post(reverse("admin:salons_salon_changelist"), {"action": "suspend", "_selected_action": [shop.pk]})
    shop.refresh_from_db()
    assert shop.status == "published"


@pytest.mark.parametrize("typed", ["²", "x", "-1", "10" * 20, "", "\0"])
@pytest.mark.parametrize(("model", "field"), [("salon", "city"), ("service", "category"), ("staffservice", "variant")])
def test_an_address_cannot_break_the_form_it_fills_in(operator, model, field, typed):
    assert operator.get(reverse(f"admin:salons_{model}_add"), {field: typed}).status_code == 200


def test_an_address_fills_a_form_in(operator):
    shop = rose().salon
    form = operator.get(reverse("admin:salons_service_add"), {"salon": shop.pk}).context["adminform"].form
    assert form["salon"].value() == str(shop.pk)


def test_a_season_and_a_service_take_terms_of_their_own(operator):
    shop = rose()
    season = Season.objects.create(
        salon=shop.salon, name_ar="العيد", name_en="Eid", first_day="2027-03-09", last_day="2027-03-13"
    )
    for kind, thing in (("service", shop.cut), ("season", season)):
        url = reverse(f"admin:salons_{kind}_change", args=[thing.pk])
        data = form_of(operator.get(url))
        assert operator.post(url, data).status_code == 302
        thing.refresh_from_db()
        assert (thing.prepayment, thing.deposit_amount, thing.free_minutes) == (None, None, None)
        own = {"prepayment": "deposit", "deposit_amount": "10000", "free_minutes": "4320"}
        assert operator.post(url, data | own).status_code == 302
        thing.refresh_from_db()
        assert (thing.prepayment, thing.deposit_amount, thing.free_minutes) == ("deposit", 10000, 4320)


def test_a_deposit_is_a_share_or_a_sum(operator):
    shop = rose()
    for kind, thing in (("salon", shop.salon), ("service", shop.cut)):
        url = reverse(f"admin:salons_{kind}_change", args=[thing.pk])
        both = {"deposit_percent": "30", "deposit_amount": "5000"}
        page = operator.post(url, form_of(operator.get(url)) | both)
        assert page.status_code == 200
        assert page.context["adminform"].form.errors.keys() == {"deposit_amount"}
