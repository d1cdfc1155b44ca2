"""Knocks at the door: true, forged, broken, doubled and in any order."""

from __future__ import annotations

import itertools
import json

import pytest
from django.db import OperationalError
from django.test import Client

from salon.api import webhooks
from salon.flows import payment as paying
from salon.flows.tests.till import SECRET, event, knock
from salon.payments import domain as till
from salon.payments.models import Payment, WebhookEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def charge(visit):
    visit.start()
    return visit.pay()


@pytest.mark.django_db(transaction=True)
def test_a_true_knock_settles(visit, charge):
    assert knock(event(charge)) == 200
    assert visit.status() == "confirmed"
    row = WebhookEvent.objects.get()
    assert (row.payment, row.kind, row.outcome) == (visit.payment, "payment_paid", "settled: paid")


def test_our_secret_is_not_kept(charge):
    knock(event(charge))
    kept = bytes(WebhookEvent.objects.get().body)
    assert SECRET.encode() not in kept
    assert json.loads(kept)["data"]["id"] == charge["id"]


def test_the_body_is_not_believed(visit):
    visit.start()
    begun = visit.gateway.begin(visit.invoice_id())
    assert knock(event({**begun, "status": "paid", "amount": 4500})) == 200
    assert visit.status() == "held"
    assert visit.ledger() == []


@pytest.mark.django_db(transaction=True)
def test_ten_times_is_once(visit, charge):
    body = event(charge)
    assert [knock(body) for _ in range(10)] == [200] * 10
    assert WebhookEvent.objects.count() == 1
    assert visit.ledger() == [("capture", 4500)]
    assert visit.letters() == ["booked", "owner_new"]


ORDERS = list(itertools.permutations(["payment_initiated", "payment_paid", "payment_refunded", "payment_failed"]))


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: "-".join(word[8] for word in order))
def test_any_order_is_harmless(visit, charge, order):
    visit.gateway.refund_in_dashboard(charge["id"], 1000)
    assert [knock(event(charge, kind=kind)) for kind in order] == [200] * 4
    assert visit.ledger() == [("capture", 4500), ("external_refund", -1000)]
    assert visit.status() == "confirmed"


@pytest.mark.parametrize("order", list(itertools.permutations(["return", "webhook", "clock"])))
def test_page_webhook_and_clock_in_any_order(visit, charge, order):
    visit.clock.pass_(seconds=61)
    for side in order:
        if side == "return":
            visit.settle()
        elif side == "webhook":
            assert knock(event(charge)) == 200
        else:
            paying.reconcile(now=visit.clock())
    assert visit.ledger() == [("capture", 4500)]
    assert visit.letters() == ["booked", "owner_new"]


@pytest.mark.parametrize(
    "secret", ["", "wrong", SECRET + "x", SECRET[:-1], "سر", None, 5, True, [SECRET], {"a": SECRET}]
)
def test_a_forged_secret_is_turned_away(visit, charge, secret):
    seen = len(visit.gateway.seen)
    assert knock(event(charge, secret_token=secret)) == 403
    body = event(charge)
    del body["secret_token"]
    assert knock(body) == 403
    assert WebhookEvent.objects.count() == 0
    assert len(visit.gateway.seen) == seen
    assert visit.status() == "held"


def test_two_secrets_while_one_replaces_the_other(visit, charge, settings):
    settings.MOYASAR_WEBHOOK_SECRET = ["the new one", SECRET]
    assert knock(event(charge)) == 200
    assert knock(event(charge, secret_token="the new one")) == 200
    settings.MOYASAR_WEBHOOK_SECRET = ["the new one"]
    assert knock(event(charge)) == 403


def test_without_a_secret_of_ours_nobody_gets_in(charge, settings):
    settings.MOYASAR_WEBHOOK_SECRET = [""]
    assert knock(event(charge, secret_token="")) == 403


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe\x00",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e400}',
        b'{"a": "\\u0000"}',
        b'{"a": "\\ud800"}',
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b"[" * 60_000,
        b'{"secret_token": "simulator-webhook-secret"}',
        b'{"secret_token": "simulator-webhook-secret", "id": 5, "type": "x"}',
        b'{"secret_token": "simulator-webhook-secret", "id": "", "type": "x"}',
        b'{"secret_token": "simulator-webhook-secret", "id": "' + b"x" * 65 + b'", "type": "x"}',
        b'{"secret_token": "simulator-webhook-secret", "id": "x", "type": null}',
    ],
    ids=range(18),
)
def test_garbage_is_400(db, body):
    assert knock(body) == 400
    assert WebhookEvent.objects.count() == 0


def test_a_mebibyte_is_413(db):
    assert knock(b"x" * 1024 * 1024) == 413
    assert knock(b" " * webhooks.MAX_BODY) == 400
    assert knock(b" " * (webhooks.MAX_BODY + 1)) == 413


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head", "options"])
def test_only_post(db, method):
    for path in ("/webhooks/moyasar/", "/webhooks/moyasar/5a10a000-0000-4000-8000-000000000000/"):
        assert getattr(Client(), method)(path).status_code == 405


def test_no_csrf_token_is_asked_for(charge):
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/webhooks/moyasar/", json.dumps(event(charge)), content_type="application/json")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "data",
    [
        None,
        5,
        [],
        {},
        {"id": None},
        {"id": "no-such-payment"},
        {"id": "../../payments"},
        {"id": "x" * 5000},
        {"id": {"a": 1}, "metadata": [1], "invoice_id": 7},
        {"metadata": {"payment_id": "not a uuid"}},
        {"metadata": {"payment_id": ["x"]}},
    ],
)
def test_what_is_for_no_payment_of_ours_is_200(visit, data):
    assert knock(event(data, kind="payout_initiated")) == 200
    assert WebhookEvent.objects.get().outcome == "for no payment of ours"


def test_the_other_mode_is_ignored(visit, charge):
    assert knock(event(charge, live=True)) == 200
    assert WebhookEvent.objects.get().outcome == "of the other mode"
    assert visit.status() == "held"


@pytest.mark.parametrize("known_by", ["invoice", "metadata", "charge", "asking"])
def test_the_payment_is_found(visit, charge, known_by):
    data = {
        "invoice": {"id": "unknown", "invoice_id": visit.invoice_id()},
        "metadata": {"metadata": {"payment_id": str(visit.payment.pk)}},
        "charge": {"id": visit.invoice_id()},
        "asking": {"id": charge["id"]},
    }[known_by]
    assert knock(event(data)) == 200
    assert visit.status() == "confirmed"


def test_the_gateway_is_down_so_it_is_sent_again(visit, charge):
    visit.gateway.fault("any", "503")
    body = event(charge)
    assert knock(body) == 503
    assert WebhookEvent.objects.get().outcome == webhooks.PENDING
    assert visit.status() == "held"
    assert knock(body) == 200
    assert visit.status() == "confirmed"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("place", ["get_or_create", "settle", "save"])
def test_the_database_is_down_so_it_is_sent_again(visit, charge, monkeypatch, place):
    def down(*args, **kwargs):
        raise OperationalError

    body = event(charge)
    with monkeypatch.context() as patch:
        if place == "settle":
            patch.setattr(webhooks, "settle", down)
        elif place == "save":
            patch.setattr(WebhookEvent, "save", down)
        else:
            patch.setattr(WebhookEvent.objects, "get_or_create", down)
        assert knock(body) == 503
    assert knock(body) == 200
    assert visit.status() == "confirmed"


def test_a_replay_after_a_month_changes_nothing(visit, charge):
    body = event(charge)
    knock(body)
    before = (visit.ledger(), visit.letters(), len(visit.gateway.seen))
    visit.clock.pass_(days=30)
    assert knock(body) == 200
    assert (visit.ledger(), visit.letters(), len(visit.gateway.seen)) == before


# --- the invoice's own callback, which carries no secret ----------------------------------------------------


def call_back(payment, body=b"{}"):
    return Client().post(f"/webhooks/moyasar/{payment.pk}/", body, content_type="application/json").status_code


def test_the_callback_settles(visit, charge):
    Payment.objects.update(synced_at=visit.clock() - webhooks.COALESCE * 2)
    assert call_back(visit.payment, b"\xff not even JSON") == 200
    assert visit.status() == "confirmed"


def test_callbacks_cause_one_question_in_five_seconds(visit, charge):
    Payment.objects.update(synced_at=visit.clock() - webhooks.COALESCE * 2)
    visit.gateway.tamper_payment(charge["id"], status="initiated")
    asked = len(visit.gateway.seen)
    assert [call_back(visit.payment) for _ in range(10)] == [200] * 10
    assert len(visit.gateway.seen) == asked + 1
    assert Payment.objects.get().next_sync_at < visit.clock.pass_(seconds=10)


def test_a_callback_for_nobody(visit):
    visit.payment.pk = "5a10a000-0000-4000-8000-000000000000"
    assert call_back(visit.payment) == 200


def test_a_callback_while_the_gateway_is_down(visit, charge):
    Payment.objects.update(synced_at=None)
    visit.gateway.fault("any", "500")
    assert call_back(visit.payment) == 503
    assert till.balance(visit.booking) == 0
