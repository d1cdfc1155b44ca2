"""What the embedded form needs of the test gateway: asked as the form's own script asks, from a browser."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from salon.payments.simulator import Simulator, cards
from salon.payments.tests.shop import Browser, api, card_payment, new_invoice

PUBLISHABLE = "pk_test_simulator"


@pytest.fixture
def clock() -> list[datetime]:
    return [datetime(2026, 9, 1, 12, 0, tzinfo=UTC)]


@pytest.fixture
def sim(clock) -> Iterator[Simulator]:
    with Simulator(now=lambda: clock[0]) as simulator:
        yield simulator


def as_form(sim: Simulator, url: str = "", **body) -> requests.Response:
    """The form sends no `Authorization`: its key is in the body, and its version in a header of its own."""
    body = {"amount": 5000, "currency": "SAR", "description": "x", "publishable_api_key": PUBLISHABLE} | body
    headers = {"X-Moyasar-Form-Version": "2.2.10", "Origin": "https://salon.test", "User-Agent": "Mozilla/5.0"}
    return requests.post(url or f"{sim.api_url}/payments", json=body, headers=headers, timeout=5)


def card(**extra) -> dict:
    return {"callback_url": "https://salon.test/back/", "source": card_payment(source=extra)["source"]}


def stc(sim: Simulator, mobile: str = "0501234567", **extra) -> requests.Response:
    return as_form(sim, source={"type": "stcpay", "mobile": mobile}, **extra)


def wallet(sim: Simulator, amount: int, **extra) -> requests.Response:
    source = {"type": "applepay", "token": '{"paymentData":{}}', "manual": False, "save_card": False}
    return as_form(sim, amount=amount, source=source | extra)


# --- who may ask, and from where ---


@pytest.mark.parametrize("path", ["/payments", "/stc_pays/x/proceed?otp_token=y"])
def test_a_browser_may_ask_from_another_site(sim, path) -> None:
    headers = {
        "Origin": "https://salon.test",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-moyasar-form-version",
    }
    answer = requests.options(sim.api_url + path, headers=headers, timeout=5)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "X-Moyasar-Form-Version" in answer.headers["Access-Control-Allow-Headers"]


def test_what_needs_the_secret_key_is_closed_to_browsers(sim) -> None:
    for path in ("/payments/x/refund", "/invoices", "/payments/x/void"):
        assert "Access-Control-Allow-Origin" not in requests.options(sim.api_url + path, timeout=5).headers
    assert "Access-Control-Allow-Origin" not in api(sim, "GET", "/payments").headers


def test_answers_and_refusals_can_be_read_by_the_page(sim) -> None:
    for answer in (as_form(sim, **card()), as_form(sim, amount=99, **card()), as_form(sim, source={}, amount=1)):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert set(answer.json()) == {"type", "message", "errors"}


@pytest.mark.parametrize("key", ["pk_test_other", "sk_test_simulator", "", None, 5, ["pk_test_simulator"]])
def test_only_the_publishable_key_works_from_the_body(sim, key) -> None:
    assert as_form(sim, publishable_api_key=key, **card()).status_code == 401
    assert (
        requests.get(f"{sim.api_url}/payments", json={"publishable_api_key": PUBLISHABLE}, timeout=5).status_code == 401
    )


@pytest.mark.parametrize("agent", ["", "Python-urllib/3.13"])
def test_who_does_not_say_who_it_is_meets_the_firewall(sim, agent) -> None:
    answer = api(sim, "GET", "/payments", headers={"User-Agent": agent})
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "text/html")
    assert "1010" in answer.text


# --- cards ---


def test_a_card_goes_to_the_bank_and_comes_back_to_our_page(sim) -> None:
    payment_id = str(uuid.uuid4())
    payment = as_form(
        sim, given_id=payment_id, metadata={"payment_id": payment_id}, apply_coupon=False, **card()
    ).json()
    assert (payment["id"], payment["status"], payment["metadata"]) == (
        payment_id,
        "initiated",
        {"payment_id": payment_id},
    )
    browser = Browser(payment["source"]["transaction_url"])
    browser.submit(result="approve")
    assert browser.url.startswith("https://salon.test/back/?")
    query = parse_qs(urlsplit(browser.url).query)
    assert query == {"id": [payment_id], "status": ["paid"], "message": ["APPROVED"]}
    assert sim.payment(payment_id)["status"] == "paid"


def test_a_declined_card_comes_back_too(sim) -> None:
    payment = as_form(sim, **card(number=cards.MADA_NO_FUNDS)).json()
    browser = Browser(payment["source"]["transaction_url"])
    browser.submit(result="approve")
    assert "status=failed&message=INSUFFICIENT+FUNDS" in browser.url


@pytest.mark.parametrize("number", [number for number, known in cards.CARDS.items() if known.code != "00"])
def test_every_listed_card_fails_with_its_code(sim, number) -> None:
    cvc = "1234" if number.startswith("34") else "123"
    payment = as_form(sim, **card(number=number, cvc=cvc)).json()
    ended = sim.finish(payment["id"])
    assert (ended["status"], ended["source"]["response_code"]) == ("failed", cards.CARDS[number].code)


def test_a_given_id_is_used_up_even_by_a_failed_payment(sim) -> None:
    payment_id = str(uuid.uuid4())
    first = as_form(sim, given_id=payment_id, **card(number="4000000000000000")).json()
    assert (first["id"], first["status"]) == (payment_id, "failed")
    for again in (as_form(sim, given_id=payment_id.upper(), **card()), stc(sim, given_id=payment_id)):
        assert (again.status_code, again.json()["type"]) == (400, "used_given_id")
    assert len(sim.payments()) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"given_id": "5c2a9d1e-6a0b-1a56-9a6e-0a9d2b7c1f11"}, "given_id"),
        ({"given_id": "5"}, "given_id"),
        ({"amount": 99}, "amount"),
        ({"amount": "5000"}, "amount"),
        ({"apply_coupon": "false"}, "apply_coupon"),
        ({"callback_url": None}, "callback_url"),
        ({"source": None}, "source"),
        ({"source": {"type": "googlepay", "token": "{}"}}, "source"),
        ({"source": {"type": "stcpay", "mobile": "+966501234567"}}, "mobile"),
        ({"source": {"type": "stcpay", "mobile": "0501234567", "manual": True}}, "manual"),
        ({"source": {"type": "applepay", "token": "no"}}, "token"),
        ({"source": {"type": "applepay", "token": {}}}, "token"),
        ({"other": 1}, "other"),
        ({"metadata": {str(n): "x" for n in range(31)}}, "metadata"),
    ],
)
def test_a_wrong_payment_is_refused_by_field(sim, change, field) -> None:
    answer = as_form(sim, **{**card(), **change})
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert sim.payments() == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "Noura"}, "name"),
        ({"number": "4111"}, "number"),
        ({"month": 13}, "month"),
        ({"year": 2020}, "year"),
        ({"cvc": "12"}, "cvc"),
        ({"cvc": True}, "cvc"),
        ({"manual": "true"}, "manual"),
        ({"3ds": False, "save_card": True}, "save_card"),
        ({"statement_descriptor": "صالون"}, "statement_descriptor"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_wrong_card_is_refused_by_field(sim, change, field) -> None:
    answer = as_form(sim, **card(**change))
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_a_coupon_of_the_card_lowers_what_is_charged_unless_forbidden(sim) -> None:
    sim.bank.coupon_percent = 10
    assert as_form(sim, **card()).json()["amount"] == 4500
    assert as_form(sim, apply_coupon=False, **card()).json()["amount"] == 5000


def test_an_invoice_is_paid_by_its_own_amount_only(sim) -> None:
    invoice = new_invoice(sim)["id"]
    assert list(as_form(sim, invoice_id=invoice, **card()).json()["errors"]) == ["amount"]
    assert as_form(sim, invoice_id=invoice, amount=15000, **card()).json()["invoice_id"] == invoice


# --- a hold ---


def test_a_hold_is_taken_once_and_in_part(sim) -> None:
    payment = sim.finish(as_form(sim, **card(manual=True)).json()["id"])
    assert payment["status"] == "authorized"
    path = f"/payments/{payment['id']}"
    assert api(sim, "POST", f"{path}/refund", json={"amount": 100}).status_code == 400, "nothing was taken yet"
    assert api(sim, "POST", f"{path}/capture", json={"amount": 5001}).status_code == 400
    assert api(sim, "POST", f"{path}/capture", json={"amount": 2000}).json()["captured"] == 2000
    assert api(sim, "POST", f"{path}/capture", json={"amount": 1000}).status_code == 400, "the rest was released"
    assert api(sim, "POST", f"{path}/refund", json={"amount": 2001}).status_code == 400


def test_a_hold_the_bank_dropped_is_still_called_authorized(sim, clock) -> None:
    payment = sim.finish(as_form(sim, **card(manual=True)).json()["id"])
    clock[0] += timedelta(days=8)
    assert api(sim, "POST", f"/payments/{payment['id']}/capture").status_code == 400
    assert sim.payment(payment["id"])["status"] == "authorized"
    assert api(sim, "POST", f"/payments/{payment['id']}/void").json()["status"] == "voided"


def test_void_after_two_hours_is_refused_and_a_refund_is_not(sim, clock) -> None:
    payment = sim.finish(as_form(sim, **card()).json()["id"])
    clock[0] += timedelta(hours=2, seconds=1)
    assert api(sim, "POST", f"/payments/{payment['id']}/void").status_code == 400
    assert api(sim, "POST", f"/payments/{payment['id']}/refund", json={"amount": 5000}).status_code == 200


# --- STC Pay ---


def test_stc_pay_in_two_steps(sim) -> None:
    begun = stc(sim)
    assert (begun.status_code, begun.json()["status"]) == (201, "initiated")
    url = begun.json()["source"]["transaction_url"]
    paid = as_form(sim, url, otp_value="123456")
    assert (paid.status_code, paid.json()["status"], paid.json()["source"]["type"]) == (200, "paid", "stcpay")
    assert as_form(sim, url, otp_value="123456").status_code == 400, "once"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("000000", ""),
        ("111111", "balance"),
        ("222222", "daily"),
        ("333333", "maximum"),
        ("444444", "Timeout"),
        ("987654", "Invalid OTP"),
    ],
)
def test_what_the_code_leads_to(sim, code, message) -> None:
    answer = as_form(sim, stc(sim).json()["source"]["transaction_url"], otp_value=code).json()
    assert answer["status"] == ("failed" if message else "paid")
    assert message in answer["source"]["message"]


@pytest.mark.parametrize("last", "56789")
def test_mobiles_that_get_no_code(sim, last) -> None:
    answer = stc(sim, f"051555555{last}")
    assert (answer.status_code, answer.json()["status"]) == (201, "failed")
    assert answer.json()["source"]["message"]


def test_a_code_lives_five_minutes(sim, clock) -> None:
    url = stc(sim).json()["source"]["transaction_url"]
    clock[0] += timedelta(minutes=5, seconds=1)
    assert as_form(sim, url, otp_value="123456").json()["status"] == "failed"


def test_a_code_goes_only_to_its_own_address(sim) -> None:
    payment = stc(sim).json()
    url = payment["source"]["transaction_url"]
    assert as_form(sim, url[:-1], otp_value="123456").status_code == 404
    assert list(as_form(sim, url).json()["errors"]) == ["otp_value"]
    card_id = as_form(sim, **card()).json()["id"]
    assert as_form(sim, url.replace(payment["id"], card_id), otp_value="123456").status_code == 404
    sim.finish(payment["id"])
    assert sim.payment(payment["id"])["status"] == "initiated", "the bank's page does not stand for the code"


# --- wallets and kept cards ---


@pytest.mark.parametrize(
    ("amount", "code"),
    [(20000, "00"), (30000, "00"), (30001, "99"), (19999, "99"), (100000, "99"), (110100, "51"), (120000, "51")],
)
def test_the_amount_decides_about_a_wallet(sim, amount, code) -> None:
    payment = wallet(sim, amount).json()
    assert payment["status"] == ("paid" if code == "00" else "failed")
    assert (payment["source"]["type"], payment["source"]["response_code"]) == ("applepay", code)
    assert payment["source"]["dpan"]


def test_a_wallet_can_hold_too(sim) -> None:
    assert wallet(sim, 25000, manual=True).json()["status"] == "authorized"


def test_a_kept_card_is_charged_with_the_secret_key(sim) -> None:
    token = sim.finish(as_form(sim, **card(save_card=True)).json()["id"])["source"]["token"]
    assert token.startswith("token_")
    body = {
        "amount": 5000,
        "currency": "SAR",
        "callback_url": "https://salon.test/",
        "source": {"type": "token", "token": token},
    }
    assert as_form(sim, **body).status_code == 403
    payment = api(sim, "POST", "/payments", json=body).json()
    assert sim.finish(payment["id"])["status"] == "paid"
    body["source"] = {"type": "token", "token": "token_other"}
    assert api(sim, "POST", "/payments", json=body).status_code == 400


def test_lists_hold_every_kind_of_payment(sim) -> None:
    stc(sim, metadata={"a": "1"})
    wallet(sim, 25000)
    found = api(sim, "GET", "/payments", params={"card_last_digits": "1111"}).json()["payments"]
    assert [row["source"]["type"] for row in found] == ["applepay"]
    assert len(api(sim, "GET", "/payments", params={"metadata[a]": "1", "status": "initiated"}).json()["payments"]) == 1


# --- switches ---


def test_faults_can_be_set_from_another_process(sim) -> None:
    address, auth = f"{sim.site}/admin/faults", (sim.secret_key, "")
    assert requests.post(address, json={"operation": "fetch", "kind": "503"}, timeout=5).status_code == 401
    for wrong in ({"operation": "fetch", "kind": "x"}, {"operation": "x", "kind": "503"}, {"kind": 5}, {"a": 1}, {}):
        assert requests.post(address, json=wrong, auth=auth, timeout=5).status_code == 400
    body = {"operation": "fetch", "kind": "503", "times": 2}
    assert requests.post(address, json=body, auth=auth, timeout=5).status_code == 201
    assert requests.get(address, auth=auth, timeout=5).json()["waiting"] == [body]
    assert api(sim, "GET", "/payments/x").status_code == 503
    assert requests.delete(address, auth=auth, timeout=5).status_code == 200
    assert api(sim, "GET", "/payments/x").status_code == 404


@pytest.mark.parametrize("kind", ["used_given_id", "500", "429"])
def test_a_fault_reaches_the_form_readable(sim, kind) -> None:
    sim.fault("create", kind)
    answer = as_form(sim, **card())
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "errors" in answer.json(), "the form reads only refusals that have this"
    assert sim.payments() == []
