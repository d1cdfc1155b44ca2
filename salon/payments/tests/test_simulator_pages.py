"""The test gateway's hosted pages, driven as a browser drives them."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from salon.payments.simulator import Simulator, cards
from salon.payments.tests.shop import Browser, api, card_payment, hosted, new_invoice


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


def test_pay_with_the_banks_page_approving(sim) -> None:
    invoice, browser = hosted(sim)
    browser.pay(cards.MADA)
    assert "/3ds/" in browser.url
    assert sim.payments()[0]["status"] == "initiated"
    browser.submit(result="approve")
    assert browser.url.startswith("http://shop.test/pay/?key=a%20b&")
    payment = sim.payments()[0]
    assert parse_qs(urlsplit(browser.url).query) == {
        "key": ["a b"],
        "id": [payment["id"]],
        "status": ["paid"],
        "message": ["APPROVED"],
        "invoice_id": [invoice["id"]],
    }
    assert sim.invoice(invoice["id"])["status"] == "paid"


def test_a_frictionless_card_skips_the_banks_page(sim) -> None:
    _, browser = hosted(sim)
    browser.pay(cards.VISA_FRICTIONLESS)
    assert "status=paid" in browser.url


def test_declined_at_the_bank_then_paid_with_another_card(sim) -> None:
    invoice, browser = hosted(sim)
    browser.pay(cards.VISA)
    browser.submit(result="decline")
    assert f"/invoices/{invoice['id']}" in browser.url
    assert "3-D Secure authentication failed" in browser.text
    assert sim.invoice(invoice["id"])["status"] == "initiated"
    browser.pay(cards.MADA_NO_FUNDS)
    browser.submit(result="approve")
    assert "INSUFFICIENT FUNDS" in browser.text
    browser.pay("4000000000000000")
    assert "DECLINED" in browser.text
    browser.pay(cards.VISA_3DS_FAILS)
    browser.submit(result="approve")
    assert "3-D Secure authentication failed" in browser.text
    browser.pay(cards.MASTERCARD)
    browser.submit(result="approve")
    assert "status=paid" in browser.url
    assert [payment["status"] for payment in sim.payments()] == ["paid", "failed", "failed", "failed", "failed"]


@pytest.mark.parametrize("number", cards.CARDS)
def test_every_listed_card(sim, number) -> None:
    card = cards.CARDS[number]
    payment = sim.pay(new_invoice(sim)["id"], card=number)
    good = card.code == "00" and card.three_d_secure
    assert payment["status"] == ("paid" if good else "failed")
    assert payment["source"]["company"] == card.company


def test_a_wrong_form_says_what_is_wrong_and_keeps_no_number(sim) -> None:
    _, browser = hosted(sim)
    browser.pay("12", name="Noura", month="13", year="20", cvc="1")
    assert browser.answer.status_code == 422
    for name in ("name", "number", "month", "cvc"):
        assert f'aria-describedby="{name}-error"' in browser.text
    assert 'value="Noura"' in browser.text
    browser.pay("4111111111111", year="20")
    assert "The card has expired." in browser.text
    assert '4111111111111"' not in browser.text
    assert sim.payments() == []


def test_arabic_page_and_arabic_digits(sim) -> None:
    _, browser = hosted(sim, lang="ar")
    assert '<html lang="ar" dir="rtl">' in browser.text
    assert "بوابة دفع تجريبية" in browser.text
    browser.pay("٤٢٠١ ٣٢٠١ ١١١١ ١٠١٠", month="٩", year="٢٠٩٩", cvc="١٢٣")
    assert "تحقق البنك" in browser.text
    browser.submit(result="decline")
    assert "لم تتم عملية الدفع" in browser.text


def test_pages_escape_what_the_shop_sends(sim) -> None:
    _, browser = hosted(sim, description="<script>alert(1)</script>")
    assert "<script" not in browser.answer.text
    _, browser = hosted(sim, metadata={})
    assert "default-src 'none'" in browser.answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(("status", "words"), [("canceled", "cancelled"), ("paid", "is paid"), ("voided", "voided")])
def test_a_closed_invoice_takes_no_card(sim, status, words) -> None:
    invoice, browser = hosted(sim)
    sim.tamper_invoice(invoice["id"], status=status)
    browser.pay(cards.MADA)
    assert browser.answer.status_code == 409
    assert words in browser.text
    assert "<form" not in browser.text
    assert sim.payments() == []


def test_two_tabs_pay_once(sim) -> None:
    invoice, _ = hosted(sim)
    first, second = sim.begin(invoice["id"]), sim.begin(invoice["id"])
    assert sim.finish(first["id"])["status"] == "paid"
    assert sim.finish(second["id"])["status"] == "failed"


def test_a_button_pressed_twice_pays_once(sim) -> None:
    begun = sim.begin(new_invoice(sim)["id"])
    assert sim.finish(begun["id"]) == sim.finish(begun["id"], approve=False)


def test_an_api_payment_returns_to_its_callback(sim) -> None:
    payment = api(sim, "POST", "/payments", json=card_payment()).json()
    browser = Browser(payment["source"]["transaction_url"])
    browser.submit(result="approve")
    assert browser.url == f"http://shop.test/back?x=1&id={payment['id']}&status=paid&message=APPROVED"


@pytest.mark.parametrize("path", ["/", "/invoices/x", "/3ds/x", "/invoices/x/pay", "/invoices/../x"])
def test_pages_that_do_not_exist(sim, path) -> None:
    assert requests.get(sim.site + path, timeout=5).status_code == 404
