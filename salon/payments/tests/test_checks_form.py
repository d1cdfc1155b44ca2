"""Mistakes in the settings of the form on our own page."""

from __future__ import annotations

import pytest

from salon.payments import checks


@pytest.fixture
def form(settings):
    """A right production."""
    settings.MOYASAR_CHECKOUT, settings.SITE_IS_HTTPS = "form", True
    settings.MOYASAR_PUBLISHABLE_KEY, settings.MOYASAR_API_URL = "pk_live_x", "https://api.moyasar.com/v1"
    settings.MOYASAR_METHODS = ["creditcard", "stcpay"]
    return settings


def ids() -> list[str]:
    return [each.id for each in checks.check_checkout(None) + checks.check_form_is_safe(None)]


def test_a_production_that_is_right(form):
    assert ids() == []


def test_a_way_to_pay_that_nobody_knows(form):
    form.MOYASAR_CHECKOUT = "cash"
    assert ids() == ["payments.E011"]


def test_without_the_form_nothing_of_it_matters(form):
    form.MOYASAR_CHECKOUT, form.MOYASAR_PUBLISHABLE_KEY, form.MOYASAR_METHODS = "invoice", "", []
    form.SITE_IS_HTTPS = False
    assert ids() == []


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("MOYASAR_PUBLISHABLE_KEY", "", "payments.E012"),
        ("MOYASAR_PUBLISHABLE_KEY", "sk_live_x", "payments.E012"),
        ("MOYASAR_API_URL", "https://api.moyasar.com", "payments.E012"),
        ("MOYASAR_METHODS", ["creditcard", "samsungpay"], "payments.E013"),
        ("MOYASAR_METHODS", [], "payments.E013"),
        ("MOYASAR_METHODS", ["creditcard", "applepay"], "payments.E014"),
        ("MOYASAR_FORM_URL", "/static/moyasar", "payments.E015"),
        ("MOYASAR_FORM_URL", "http://salon.example/moyasar", "payments.E015"),
        ("SITE_IS_HTTPS", False, "payments.E016"),
    ],
)
def test_each_mistake_is_named(form, name, value, wanted):
    setattr(form, name, value)
    assert ids() == [wanted]


def test_apple_pay_with_its_file(form, tmp_path):
    form.MOYASAR_METHODS = ["creditcard", "applepay"]
    form.MOYASAR_APPLE_PAY_DOMAIN_FILE = str(tmp_path / "not-there")
    assert ids() == ["payments.E014"]
    (tmp_path / "not-there").write_text("7B227D")
    assert ids() == []
    form.MOYASAR_APPLE_PAY_DOMAIN_FILE = "7B227D"
    assert ids() == []
