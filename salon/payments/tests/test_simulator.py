"""The test gateway itself: strict at the API, faithful with webhooks."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from salon.payments.simulator import Simulator
from salon.payments.tests.shop import AUTH, INVOICE, Shop, api, card_payment, new_invoice

INVOICE_FIELDS = {
    *("id", "status", "amount", "currency", "description", "logo_url", "amount_format", "url", "callback_url"),
    *("expired_at", "created_at", "updated_at", "back_url", "success_url", "metadata", "payments"),
}
PAYMENT_FIELDS = {
    *("id", "status", "amount", "fee", "currency", "refunded", "refunded_at", "captured", "captured_at", "voided_at"),
    *("description", "amount_format", "fee_format", "refunded_format", "captured_format", "invoice_id", "ip"),
    *("callback_url", "created_at", "updated_at", "metadata", "source"),
}


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    yield shop
    shop.server.shutdown()
    shop.server.server_close()


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


# --- the API ---


def test_an_invoice_has_every_documented_field(sim) -> None:
    invoice = new_invoice(sim, metadata={"payment": "7"}, expired_at="2099-01-01T03:00:00+03:00")
    assert set(invoice) == INVOICE_FIELDS
    assert invoice["status"] == "initiated"
    assert invoice["amount_format"] == "150.00 SAR"
    assert invoice["expired_at"] == "2099-01-01T00:00:00.000Z", "echoed in UTC"
    assert api(sim, "GET", f"/invoices/{invoice['id']}").json() == invoice


def test_a_payment_has_every_documented_field(sim) -> None:
    payment = sim.pay(new_invoice(sim)["id"])
    assert set(payment) == PAYMENT_FIELDS
    assert payment["source"]["company"] == "mada"
    assert payment["source"]["number"] == "XXXX-XXXX-XXXX-1010"
    assert payment["source"]["response_code"] == "00"
    assert "live" not in payment


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": 99}, "amount"),
        ({"amount": 150.0}, "amount"),
        ({"amount": "15000"}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": None}, "amount"),
        ({"currency": "XXX"}, "currency"),
        ({"description": None}, "description"),
        ({"description": "  "}, "description"),
        ({"success_url": "javascript:alert(1)"}, "success_url"),
        ({"success_url": "http://x/\r\nSet-Cookie: a=b"}, "success_url"),
        ({"back_url": "/relative"}, "back_url"),
        ({"expired_at": "2020-01-01T00:00:00Z"}, "expired_at"),
        ({"expired_at": "tomorrow"}, "expired_at"),
        ({"metadata": {"k": "x" * 501}}, "metadata"),
        ({"metadata": {"k" * 41: "x"}}, "metadata"),
        ({"metadata": {str(n): "x" for n in range(31)}}, "metadata"),
        ({"metadata": {"k": {"deep": 1}}}, "metadata"),
        ({"given_id": "x"}, "given_id"),
    ],
)
def test_a_wrong_invoice_is_refused_by_field(sim, change, field) -> None:
    answer = api(sim, "POST", "/invoices", json={**INVOICE, **change})
    assert answer.status_code == 400
    assert answer.json()["type"] == "validation_error"
    assert list(answer.json()["errors"]) == [field]
    assert sim.invoices() == []


def test_the_smallest_amount(sim) -> None:
    assert new_invoice(sim, amount=100)["amount"] == 100


@pytest.mark.parametrize("auth", [None, ("sk_test_other", ""), ("sk_test_simulator", "password"), ("", "")])
def test_no_key_no_answer(sim, auth) -> None:
    answer = api(sim, "GET", "/payments", auth=auth)
    assert answer.status_code == 401
    assert answer.json()["type"] == "authentication_error"


def test_the_publishable_key_may_only_create_a_payment(sim) -> None:
    publishable = ("pk_test_simulator", "")
    assert api(sim, "GET", "/payments", auth=publishable).status_code == 403
    assert api(sim, "POST", "/invoices", auth=publishable, json=INVOICE).status_code == 403
    assert api(sim, "POST", "/payments", auth=publishable, json=card_payment()).status_code == 201


def test_a_given_id_is_used_once(sim) -> None:
    given_id = "5c2a9d1e-6a0b-4a56-9a6e-0a9d2b7c1f11"
    first = api(sim, "POST", "/payments", json=card_payment(given_id=given_id))
    assert first.json()["id"] == given_id
    again = api(sim, "POST", "/payments", json=card_payment(given_id=given_id))
    assert (again.status_code, again.json()["type"]) == (400, "used_given_id")


def test_a_declined_card_is_201_and_failed(sim) -> None:
    number = "4000000000000000"
    answer = api(sim, "POST", "/payments", json=card_payment(source={"number": number}))
    assert answer.status_code == 201
    assert answer.json()["status"] == "failed"
    assert answer.json()["source"]["message"] == "DECLINED"
    assert number not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/invoices/x/cancel", 404),
        ("DELETE", "/invoices/x", 404),
        ("PUT", "/payments/x/refund", 404),
        ("GET", "/payments/x", 404),
        ("GET", "/invoices/x", 404),
        ("POST", "/payments/x/refund", 404),
        ("GET", "/nothing", 404),
        ("GET", "/payments?sort=up", 400),
        ("GET", "/payments?page=0", 400),
    ],
)
def test_wrong_verbs_and_places(sim, method, path, status) -> None:
    answer = api(sim, method, path)
    assert answer.status_code == status
    assert set(answer.json()) == {"type", "message", "errors"}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"amount=15000&currency=SAR", "application/x-www-form-urlencoded"),
        (b"{}", "text/plain"),
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"\xff", "application/json"),
        (b'{"a":' * 50_000, "application/json"),
    ],
)
def test_wrong_bodies(sim, body, kind) -> None:
    assert api(sim, "POST", "/invoices", data=body, headers={"Content-Type": kind}).status_code == 400


def test_lists_are_newest_first_and_forty_a_page(sim) -> None:
    made = [new_invoice(sim, metadata={"batch": "a" if n % 2 else "b"})["id"] for n in range(85)]
    pages = [api(sim, "GET", f"/invoices?page={n}").json() for n in (1, 2, 3)]
    assert [row["id"] for page in pages for row in page["invoices"]] == made[::-1]
    assert [len(page["invoices"]) for page in pages] == [40, 40, 5]
    assert pages[1]["meta"] == {
        "current_page": 2,
        "next_page": 3,
        "prev_page": 1,
        "total_pages": 3,
        "total_count": 85,
    }
    assert pages[2]["meta"]["next_page"] is None
    found = api(sim, "GET", "/invoices", params={"metadata[batch]": "a"}).json()
    assert found["meta"]["total_count"] == 42


def test_cancel_only_while_open(sim) -> None:
    invoice = new_invoice(sim)
    assert api(sim, "PUT", f"/invoices/{invoice['id']}/cancel").json()["status"] == "canceled"
    again = api(sim, "PUT", f"/invoices/{invoice['id']}/cancel")
    assert (again.status_code, again.json()["type"]) == (400, "invalid_request_error")


def test_refund_void_and_capture_know_their_states() -> None:
    clock = [datetime(2026, 9, 1, 12, 0, tzinfo=UTC)]
    with Simulator(now=lambda: clock[0]) as sim:
        paid = sim.pay(new_invoice(sim)["id"])["id"]
        clock[0] += timedelta(hours=2, minutes=1)
        assert api(sim, "POST", f"/payments/{paid}/void").status_code == 400, "too late to void"
        assert api(sim, "POST", f"/payments/{paid}/capture").status_code == 400, "nothing is held"
        assert api(sim, "POST", f"/payments/{paid}/refund", json={"amount": 15001}).status_code == 400
        part = api(sim, "POST", f"/payments/{paid}/refund", json={"amount": 5000}).json()
        assert (part["status"], part["refunded"]) == ("refunded", 5000)
        rest = api(sim, "POST", f"/payments/{paid}/refund").json()
        assert rest["refunded"] == 15000
        assert sim.invoice(paid and rest["invoice_id"])["status"] == "refunded"
        assert api(sim, "POST", f"/payments/{paid}/refund").status_code == 400, "nothing is left"

        held = sim.pay(new_invoice(sim)["id"], manual=True)
        assert held["status"] == "authorized"
        taken = api(sim, "POST", f"/payments/{held['id']}/capture", json={"amount": 9000}).json()
        assert (taken["status"], taken["captured"]) == ("captured", 9000)
        assert api(sim, "POST", f"/payments/{held['id']}/refund", json={"amount": 9001}).status_code == 400

        fresh = sim.pay(new_invoice(sim)["id"])
        assert api(sim, "POST", f"/payments/{fresh['id']}/void").json()["status"] == "voided"


def test_expiry_closes_the_page_but_not_a_payment_already_begun() -> None:
    clock = [datetime(2026, 9, 1, 12, 0, tzinfo=UTC)]
    with Simulator(now=lambda: clock[0]) as sim:
        invoice = new_invoice(sim, expired_at="2026-09-01T12:10:00Z")
        begun = sim.begin(invoice["id"])
        clock[0] += timedelta(minutes=11)
        assert sim.invoice(invoice["id"])["status"] == "expired"
        page = requests.get(f"{sim.site}/invoices/{invoice['id']}?lang=en", timeout=5).text
        assert "This invoice has expired." in page
        assert "<form" not in page
        assert sim.finish(begun["id"])["status"] == "paid"
        assert sim.invoice(invoice["id"])["status"] == "paid"


def test_only_test_keys() -> None:
    with pytest.raises(ValueError, match="test keys"):
        Simulator(secret_key="sk_live_x")


# --- webhooks ---


def test_webhooks_carry_the_secret_and_the_payment(shop) -> None:
    with Simulator(webhook_url=f"{shop.url}/hook", webhook_secret="hush") as sim:
        invoice = new_invoice(sim, callback_url=f"{shop.url}/callback")
        sim.pay(invoice["id"], approve=False)
        paid = sim.pay(invoice["id"])
        sim.refund_in_dashboard(paid["id"], 5000)
        held = sim.pay(new_invoice(sim)["id"], manual=True)
        api(sim, "POST", f"/payments/{held['id']}/capture")
        sim.void_in_dashboard(held["id"])
        deliveries = sim.deliveries()
    assert {delivery["state"] for delivery in deliveries} == {"delivered"}
    hooks = [body for path, body in shop.got if path == "/hook"]
    assert [hook["type"] for hook in hooks] == [
        "payment_failed",
        "payment_paid",
        "payment_refunded",
        "payment_authorized",
        "payment_captured",
        "payment_voided",
    ]
    for hook in hooks:
        assert set(hook) == {"id", "type", "created_at", "secret_token", "account_name", "live", "data"}
        assert (hook["secret_token"], hook["live"]) == ("hush", False)
    assert hooks[1]["data"] == paid
    assert hooks[2]["data"]["refunded"] == 5000
    callbacks = [body for path, body in shop.got if path == "/callback"]
    assert [(body["id"], body["status"]) for body in callbacks] == [(invoice["id"], "paid")]
    assert "hush" not in json.dumps(callbacks)


def test_a_refused_webhook_is_tried_again_with_the_same_event(shop) -> None:
    shop.answers = [500, 503, 302, 200]
    with Simulator(webhook_url=shop.url, schedule=(0, 0.05, 0.05, 0.05, 0.05, 0.05)) as sim:
        sim.pay(new_invoice(sim)["id"])
        done = sim.hooks.wait(until=lambda all_of_them: all_of_them[0]["state"] == "delivered")
        assert done[0]["attempts"] == 4
        sim.hooks.again()
        sim.deliveries()
    assert len({body["id"] for _, body in shop.got}) == 1
    assert len(shop.got) == 5


def test_after_six_attempts_a_webhook_is_dropped(shop) -> None:
    shop.answers = [500] * 20
    with Simulator(webhook_url=shop.url, schedule=(0, 0.01, 0.01, 0.01, 0.01, 0.01)) as sim:
        sim.pay(new_invoice(sim)["id"])
        sim.hooks.wait(until=lambda all_of_them: all_of_them[0]["state"] == "dropped")
        time.sleep(0.1)
    assert len(shop.got) == 6


def test_many_payments_at_once(shop) -> None:
    with Simulator(webhook_url=shop.url) as sim:
        invoices = [new_invoice(sim)["id"] for _ in range(12)]
        threads = [threading.Thread(target=sim.pay, args=(invoice,)) for invoice in invoices]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        sim.deliveries(seconds=10)
    assert sorted(body["data"]["invoice_id"] for _, body in shop.got) == sorted(invoices)


def test_webhooks_that_are_not_as_they_should_be(shop) -> None:
    with Simulator(webhook_url=shop.url) as sim:
        for kind in ("wrong_live", "wrong_secret", "lost", "twice"):
            sim.fault("webhook", kind)
            sim.pay(new_invoice(sim)["id"])
        sim.fault("webhook", "misspelt")
        sim.pay(new_invoice(sim)["id"], approve=False)
        sim.deliveries()
    got = [body for _, body in shop.got]
    assert [body["live"] for body in got] == [True, False, False, False, False]
    assert [body["secret_token"] == sim.webhook_secret for body in got] == [True, False, True, True, True]
    assert got[2] == got[3]
    assert got[4]["type"] == "payment_faild"
    with pytest.raises(ValueError, match="no such fault"):
        sim.fault("fetch", "wrong_live")


# --- keeping, and running by itself ---


def test_a_restart_keeps_everything(tmp_path, shop) -> None:
    db = tmp_path / "deep" / "simulator.sqlite3"
    with Simulator(db=db) as sim:
        paid = sim.pay(new_invoice(sim, metadata={"a": "b"})["id"])
        begun = sim.begin(new_invoice(sim)["id"])
        before = sim.invoices(), sim.payments()
    with Simulator(db=db, webhook_url=shop.url) as sim:
        assert [row["id"] for row in sim.invoices()] == [row["id"] for row in before[0]]
        assert sim.payments() == before[1]
        assert sim.payment(paid["id"]) == paid
        assert sim.finish(begun["id"])["status"] == "paid"


def test_a_webhook_owed_before_a_restart_is_still_sent(tmp_path, shop) -> None:
    db = tmp_path / "simulator.sqlite3"
    shop.answers = [503]
    with Simulator(db=db, webhook_url=shop.url, schedule=(0, 0.4, 1)) as sim:
        sim.pay(new_invoice(sim)["id"])
        sim.hooks.wait(until=lambda all_of_them: all_of_them[0]["attempts"] == 1)
    with Simulator(db=db, webhook_url=shop.url) as sim:
        sim.hooks.wait(until=lambda all_of_them: all_of_them[0]["state"] == "delivered")
    assert len(shop.got) == 2


def test_it_runs_from_the_command_line_without_django(tmp_path) -> None:
    root = Path(__file__).resolve().parents[3]
    probe = "import sys, salon.payments.simulator.__main__; print([m for m in sys.modules if m.startswith('django')])"
    loaded = subprocess.run([sys.executable, "-c", probe], cwd=root, capture_output=True, check=True)  # noqa: S603
    assert loaded.stdout == b"[]\n"
    command = [sys.executable, "-m", "salon.payments.simulator", "--port", "0", "--db", str(tmp_path / "s.sqlite3")]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            assert process.stdout
            line = process.stdout.readline()
            url = line.rsplit(" ", 1)[1].strip()
            assert requests.get(f"{url}/payments", auth=AUTH, timeout=5).json()["payments"] == []
            assert requests.get(url.replace("/v1", "/healthz"), timeout=5).text == "ok"
        finally:
            process.terminate()
            assert process.wait(10) == 0
