"""No address and no form that somebody crafted breaks a list of the administration."""

from __future__ import annotations

import pytest
from django.contrib import admin

from salon.tests.people import enter, person, rose

pytestmark = pytest.mark.django_db(transaction=True)  # a refused query ends the transaction on PostgreSQL


@pytest.fixture
def operator(client, db):
    enter(client, person("Faisal", is_staff=True, is_superuser=True))
    return client


def address(model: str) -> str:
    return f"/en/admin/payments/{model}/"


NONSENSE = [
    *("q=%00", "q=" + "x" * 3000, "p=-1", "p=9" + "9" * 30, "p=x", "o=99.-99.x", "e=1", "_facets=True", "all="),
    *("id__exact=%00", "id__exact=9" + "9" * 30, "id__in=%00", "%00=1", "_changelist_filters=%00"),
]


def crafted(page: admin.ModelAdmin) -> list[str]:
    """Nonsense for each filter of a list."""
    found = list(NONSENSE)
    for each in page.list_filter:
        name = each if isinstance(each, str) else getattr(each, "parameter_name", None)
        tails = ("__exact=%00", "__exact=9" + "9" * 30, "__in=%00", "__regex=(")
        found += [f"{name}{tail}" for tail in (tails if isinstance(each, str) else ("=%00", "=bogus"))]
    if day := page.date_hierarchy:
        years = ("0", "9999", "1", "%00", "9999999999", "9" * 4500)
        found += [f"{day}__year={year}" for year in years]
        found += [f"{day}__year={year}&{day}__month=12&{day}__day=31" for year in ("9999", "1", "2026")]
        found += [f"{day}__month=99", f"{day}__day=99", f"{day}__day=x", f"{day}__gte=%00", f"{day}__gte=0001-01-01"]
        found += [f"{day}__month=9" + "9" * 30, f"{day}__lt=9999-12-31T23:59:59", f"{day}__year=2026&{day}__month=x"]
    return found


@pytest.mark.parametrize("label", ["payments", "bookings", "salons", "accounts", "notifications", "reviews"])
def test_no_address_breaks_a_list(operator, label):
    """Every list of the administration answers nonsense with a page or with itself, never with an error."""
    rose()
    for model, page in list(admin.site._registry.items()):
        if model._meta.app_label != label:
            continue
        for query in crafted(page):
            answer = operator.get(f"/en/admin/{label}/{model._meta.model_name}/?{query}")
            assert answer.status_code in {200, 302, 400}, (model, query)


@pytest.mark.parametrize("query", ["state__exact=%00", "created_at__year=9999", "created_at__year=1"])
def test_nonsense_leads_back_to_the_list(operator, query):
    answer = operator.get(f"{address('payment')}?{query}", follow=True)
    assert answer.status_code == 200
    assert operator.get(f"{address('payment')}?{query}&e=1").status_code == 200


@pytest.mark.parametrize("chosen", ["\x00", "x", "9" * 400, "", "1' OR '1'='1"])
def test_a_row_that_cannot_be_chosen_chooses_nothing(operator, chosen):
    for model, action in (("payment", "ask_again"), ("ledgerentry", "ask_again"), ("finding", "dealt_with")):
        sent = {"action": action, "_selected_action": [chosen], "reason": "x"}
        assert operator.post(address(model), sent, follow=True).status_code == 200
