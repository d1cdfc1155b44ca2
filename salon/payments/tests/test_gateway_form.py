"""What the pay page is told about the embedded form, held against the form's own rules and the test gateway."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace

import pytest
import requests

from salon.payments.gateways import form
from salon.payments.gateways.form import Form, Method
from salon.payments.gateways.moyasar import Moyasar
from salon.payments.simulator import Simulator, cards

FORM = Form(
    publishable_key="pk_test_simulator",
    base_url="https://api.moyasar.com",
    given_id=uuid.UUID("5c2a9d1e-6a0b-4a56-9a6e-0a9d2b7c1f11"),
    amount=4500,
    currency="SAR",
    description="عربون موعد",
    callback_url="https://salon.test/pay/return/5/?a=b",
    language="ar",
    label="Rose",
    metadata={"payment_id": "5c2a9d1e-6a0b-4a56-9a6e-0a9d2b7c1f11"},
)


def test_the_whole_configuration() -> None:
    assert FORM.config() == {
        "publishable_api_key": "pk_test_simulator",
        "base_url": "https://api.moyasar.com",
        "given_id": "5c2a9d1e-6a0b-4a56-9a6e-0a9d2b7c1f11",
        "amount": 4500,
        "currency": "SAR",
        "description": "عربون موعد",
        "callback_url": "https://salon.test/pay/return/5/?a=b",
        "language": "ar",
        "metadata": {"payment_id": "5c2a9d1e-6a0b-4a56-9a6e-0a9d2b7c1f11"},
        "methods": ["creditcard", "applepay", "stcpay"],
        "supported_networks": ["mada", "visa", "mastercard"],
        "apply_coupon": False,
        "credit_card": {"manual": False, "save_card": False},
        "apple_pay": {"country": "SA", "label": "Rose", "manual": False},
    }
    assert json.loads(json.dumps(FORM.config())) == FORM.config()


def test_a_hold_is_by_card_and_apple_pay_only() -> None:
    config = replace(FORM, hold=True).config()
    assert config["methods"] == ["creditcard", "applepay"]
    assert config["credit_card"]["manual"] is config["apple_pay"]["manual"] is True
    with pytest.raises(ValueError, match="methods"):
        replace(FORM, hold=True, methods=[Method.STC_PAY])


def test_without_apple_pay_nothing_of_apple_is_let_in() -> None:
    plain = replace(FORM, methods=[Method.CARD, Method.STC_PAY])
    assert "apple" not in json.dumps([plain.config(), plain.csp()])


def test_the_policy_lets_in_these_two_files_and_no_host() -> None:
    assert FORM.csp() == {
        "script-src": [
            "https://cdn.jsdelivr.net/npm/moyasar-payment-form@2.2.10/dist/moyasar.umd.js",
            "https://applepay.cdn-apple.com/jsapi/1.latest/apple-pay-sdk.js",
        ],
        "style-src": ["https://cdn.jsdelivr.net/npm/moyasar-payment-form@2.2.10/dist/moyasar.css"],
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": ["data:"],
        "connect-src": ["https://api.moyasar.com"],
    }
    ours = replace(FORM, files="https://salon.test/static/moyasar")
    assert ours.csp()["script-src"][0] == ours.script == "https://salon.test/static/moyasar/moyasar.umd.js"
    assert ours.csp()["style-src"] == [ours.style]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("publishable_key", key) for key in ("", "sk_test_1", "pk_test_", "pk_prod_1", "pk_test_1 ")),
        *(("base_url", url) for url in ("", "api.moyasar.com", "https://x/v1", "https://x/", "https://a;b", "ftp://x")),
        *(("callback_url", url) for url in ("", "/return/", "javascript:alert(1)", "https://x/ y")),
        ("given_id", uuid.UUID("5c2a9d1e-6a0b-1a56-9a6e-0a9d2b7c1f11")),
        *(("amount", amount) for amount in (99, 0, -1, True, 100.0)),
        *(("currency", currency) for currency in ("", "sar", "SAUDI")),
        ("description", "  "),
        *(("language", language) for language in ("", "fr", "AR")),
        *(("label", label) for label in ("", " ", "روز", "a\nb")),
        *(("metadata", data) for data in ({"k" * 41: ""}, {"k": "x" * 501}, {str(n): "" for n in range(31)}, {"k": 5})),
        ("methods", ()),
        ("networks", ()),
        ("files", "javascript:x"),
    ],
)
def test_what_the_script_would_refuse_is_refused_here(field, value) -> None:
    with pytest.raises(ValueError, match=field):
        replace(FORM, **{field: value})


def test_a_live_key_needs_https_on_both_ends() -> None:
    live = {"publishable_key": "pk_live_1"}
    replace(FORM, **live)
    for plain in ({"callback_url": "http://salon.test/"}, {"base_url": "http://127.0.0.1:8001"}):
        replace(FORM, **plain)
        with pytest.raises(ValueError, match=next(iter(plain))):
            replace(FORM, **live, **plain)


@pytest.mark.parametrize(
    ("api_url", "base"),
    [
        ("https://api.moyasar.com/v1", "https://api.moyasar.com"),
        ("http://127.0.0.1:8001/v1/", "http://127.0.0.1:8001"),
        ("https://api.moyasar.com", None),
        ("https://api.moyasar.com/x/v1", None),
        ("/v1", None),
        ("", None),
    ],
)
def test_the_forms_address_comes_from_ours(api_url, base) -> None:
    assert form.base_of(api_url) == base


def test_what_is_missing_is_named() -> None:
    assert form.missing(publishable_key="pk_live_1", api_url="https://api.moyasar.com/v1", site_is_https=True) == []
    found = form.missing(publishable_key="", api_url="https://api.moyasar.com", site_is_https=False)
    assert [sentence.split()[0] for sentence in found] == [
        "MOYASAR_PUBLISHABLE_KEY",
        "MOYASAR_API_URL",
        "SITE_URL",
    ]


def test_what_the_form_is_told_is_what_the_gateway_takes() -> None:
    """The script posts the configuration as it is, beside the card; our side then finds it under our own id."""
    with Simulator() as sim:
        gateway = Moyasar(api_url=sim.api_url, secret_key=sim.secret_key)
        shown = replace(FORM, base_url=form.base_of(sim.api_url), given_id=uuid.uuid4())
        assert gateway.find_charge(shown.given_id) is None, "not begun"
        config = shown.config()
        posted = ("given_id", "amount", "currency", "description", "publishable_api_key", "metadata", "apply_coupon")
        source = {
            "type": "creditcard",
            "name": "Noura A",
            "number": cards.MADA,
            "month": "09",
            "year": "99",
            "cvc": "123",
        }
        body = {name: config[name] for name in posted} | {"callback_url": config["callback_url"], "source": source}
        answer = requests.post(f"{shown.base_url}/v1/payments", json=body, timeout=5)
        assert answer.status_code == 201, answer.text
        sim.finish(str(shown.given_id))
        charge = gateway.find_charge(shown.given_id)
        assert charge is not None
        assert (charge.amount, charge.currency, charge.status.is_paid) == (4500, "SAR", True)
        assert charge.metadata == shown.metadata
