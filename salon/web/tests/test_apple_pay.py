"""What Apple wants to see of this domain, and the name on its sheet."""

from __future__ import annotations

import pytest
from django.urls import reverse

from salon.tests.people import rose
from salon.web.pay_form import label_of

pytestmark = pytest.mark.django_db

ADDRESS = "/.well-known/apple-developer-merchantid-domain-association"


def test_apple_is_told_only_where_it_is_set_up(client, settings, tmp_path):
    assert reverse("apple_pay_domain") == ADDRESS
    assert client.get(ADDRESS).status_code == 404
    settings.MOYASAR_APPLE_PAY_DOMAIN_FILE = "7B2276657273696F6E223A317D"
    answer = client.get(ADDRESS)
    assert (answer.content, answer["Content-Type"]) == (b"7B2276657273696F6E223A317D", "text/plain; charset=utf-8")
    assert client.post(ADDRESS).status_code == 405
    file = tmp_path / "apple-developer-merchantid-domain-association"
    settings.MOYASAR_APPLE_PAY_DOMAIN_FILE = str(file)
    assert client.get(ADDRESS).status_code == 404
    file.write_text("7B227D\n")
    assert client.get(ADDRESS).content == b"7B227D"


@pytest.mark.parametrize(
    ("name_en", "brand", "label"),
    [("Rose", "Salon", "Rose"), ("", "Salon", "Salon"), ("Café روز", "x", "Cafe"), ("روز", "صالون", "Salon")],
)
def test_apples_sheet_knows_ascii_only(settings, name_en, brand, label):
    shop = rose()
    shop.salon.name_en, settings.BRAND_NAME_EN = name_en, brand
    assert label_of(shop.salon) == label
