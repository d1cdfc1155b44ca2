"""The operator's buttons for money, and that nothing else can be changed there."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission

from salon.flows import booking as visits
from salon.flows.tests.till import Clock, about_to_pay
from salon.notifications.models import Notification
from salon.payments.models import Payment, Refund, WebhookEvent
from salon.payments.simulator import Simulator
from salon.tests.people import enter, person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def gateway(settings):
    clock = Clock()
    with Simulator(now=clock) as simulator:
        settings.MOYASAR_API_URL = simulator.api_url
        simulator.clock = clock
        yield simulator


@pytest.fixture
def visit(db, gateway):
    return about_to_pay(gateway.clock, gateway)


@pytest.fixture
def operator(client, db):
    enter(client, person("Faisal", is_staff=True, is_superuser=True))
    return client


def press(client, model, action, *rows):
    return client.post(
        f"/en/admin/{model}/", {"action": action, "_selected_action": [row.pk for row in rows]}, follow=True
    )


MODELS = [
    "payments/payment",
    "payments/refund",
    "payments/ledgerentry",
    "payments/webhookevent",
    "notifications/notification",
]


@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS)
def test_strangers_are_shown_the_door(client, db, model):
    assert client.get(f"/admin/{model}/").status_code == 302
    client.force_login(person("Lama"))
    assert client.get(f"/admin/{model}/").status_code in {302, 403}


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["", "/en"])
@pytest.mark.parametrize("model", MODELS)
def test_all_is_shown_and_found_and_nothing_changed(operator, visit, model, language):
    visit.start()
    visit.pay()
    visit.settle()
    WebhookEvent.objects.create(event_id="e", body=b"\xff{}", received_at=visit.clock(), payment=visit.payment)
    Refund.objects.create(payment=visit.payment, amount=100, reason="x", created_at=visit.clock())
    address = f"{language}/admin/{model}/"
    page = operator.get(address, {"q": visit.booking.reference})
    assert page.status_code == 200
    assert page.context["cl"].result_count >= 1
    row = page.context["cl"].result_list[0]
    assert operator.get(f"{address}{row.pk}/change/").status_code == 200
    assert operator.post(f"{address}{row.pk}/change/", {"state": "x"}).status_code == 403
    assert operator.post(f"{address}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert operator.get(f"{address}add/").status_code == 403


@pytest.mark.django_db
def test_found_by_the_guest_s_number(operator, visit):
    page = operator.get("/admin/payments/payment/", {"q": str(visit.lama.phone)})
    assert page.context["cl"].result_count == 1


def test_asking_the_gateway_again(operator, visit):
    visit.start()
    visit.pay()
    assert press(operator, "payments/payment", "ask_again", visit.payment).status_code == 200
    assert visit.status() == "confirmed"
    visit.gateway.fault("any", "503")
    said = press(operator, "payments/payment", "ask_again", visit.payment)
    assert "Some could not be dealt with" in said.content.decode()


@pytest.fixture
def stopped(visit, monkeypatch):
    visit.start()
    visit.pay()
    visit.settle()
    visit.clock.pass_(hours=3)  # too long ago for a void
    visit.gateway.fault("refund", "html404", applied=False)
    visits.cancel(booking=visit.booking, actor=visit.lama, by="salon", now=visit.clock())
    Refund.objects.update(state="stopped", next_at=None)
    return visit


def test_a_stopped_refund_goes_on(operator, stopped):
    press(operator, "payments/refund", "go_on", Refund.objects.get())
    assert stopped.refunds() == [(4500, "done")]
    assert stopped.gateway.payments()[0]["refunded"] == 4500
    press(operator, "payments/refund", "go_on", Refund.objects.get())
    assert stopped.gateway.payments()[0]["refunded"] == 4500


def test_dealt_with_by_hand_it_is_given_up(operator, stopped):
    stopped.gateway.refund_in_dashboard(Payment.objects.get().charge_id)
    press(operator, "payments/refund", "give_up", Refund.objects.get())
    assert stopped.refunds() == [(4500, "dropped")]
    assert stopped.ledger() == [("capture", 4500), ("external_refund", -4500)]


def test_a_failed_letter_goes_again(operator, stopped):
    Notification.objects.filter(letter="cancelled").update(state="dead", attempts=3)
    sent = Notification.objects.exclude(letter="cancelled").values_list("pk", "attempts")
    before = list(sent)
    press(operator, "notifications/notification", "send_again", *Notification.objects.all())
    assert Notification.objects.get(letter="cancelled").state == "sent"
    assert list(sent) == before


def test_looking_is_not_acting(client, stopped):
    """The right to see refunds, payments and letters is not the right to send money or messages."""
    clerk = person("Hind", is_staff=True)
    rights = Permission.objects.filter(codename__in=["view_payment", "view_refund", "view_notification"])
    clerk.user_permissions.set(rights)
    enter(client, clerk)
    Notification.objects.update(state="dead")
    press(client, "payments/payment", "ask_again", stopped.payment)
    press(client, "payments/refund", "go_on", Refund.objects.get())
    press(client, "payments/refund", "give_up", Refund.objects.get())
    press(client, "notifications/notification", "send_again", *Notification.objects.all())
    assert stopped.refunds() == [(4500, "stopped")]
    assert stopped.gateway.payments()[0]["refunded"] == 0
    assert set(Notification.objects.values_list("state", flat=True)) == {"dead"}
    clerk.user_permissions.add(Permission.objects.get(codename="change_refund"))
    press(client, "payments/refund", "go_on", Refund.objects.get())
    assert stopped.refunds() == [(4500, "done")]
