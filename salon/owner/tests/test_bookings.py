"""One booking: what it says, and every button in its state."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import time_machine
from django.utils import translation

from salon.bookings.models import Booking, BookingEvent, BusyTime
from salon.bookings.states import Status
from salon.notifications.models import Letter, Notification
from salon.owner.tests.office import NOON, Office, book, prepay
from salon.payments.models import Discount, Payment, Refund
from salon.tests.people import at, person, with_second_factor

ACTS = ["confirm", "decline", "arrive", "complete", "no-show", "cancel"]


def fresh(booking):
    return Booking.objects.get(pk=booking.pk)


def offered(page, booking):
    """The buttons of a page."""
    text = page.content.decode()
    return [act for act in ACTS if f'action="/en/owner/bookings/{booking.reference}/{act}/"' in text]


def test_the_page_tells_all_of_a_visit(hind, shop, lama):
    visit = book(
        shop, "13:00", (shop.noura, shop.cut), (shop.maya, shop.nails), customer=lama, note="<b>No</b> perfume"
    )
    prepay(visit, 8000)
    page = hind.see(visit).content.decode()
    assert "Lama" in page
    assert "055 111 2233" in page
    assert "&lt;b&gt;No&lt;/b&gt; perfume" in page
    assert "1:00 – 2:45 PM" in page
    assert "14 Jumada al-Akhirah 1448" in page
    assert "Cut and blow-dry" in page
    assert "Gel manicure" in page
    assert "Maya" in page
    for amount in ("320", "80", "240"):  # price, prepaid, to collect
        assert f"</svg>{amount}<" in page


def test_it_speaks_arabic(shop, visit):
    page = Office(shop.owner, "ar").see(visit)
    assert 'dir="rtl"' in page.content.decode()
    assert "قص وتصفيف" in page.content.decode()


def test_ten_queries_however_much_there_is_to_tell(hind, shop, lama, django_assert_num_queries):
    visit = book(shop, "13:00", customer=lama)
    rich = book(shop, "15:00", (shop.reem, shop.cut), (shop.maya, shop.nails), customer=lama)
    payment = prepay(rich, 8000)
    Refund.objects.create(payment=payment, amount=500, reason="x", created_at=NOON)
    for amount in (100, 200):
        Payment.objects.create(
            booking=rich,
            amount=amount,
            state="paid",
            gateway="counter",
            checkout="counter",
            method_kind="cash",
            recorded_by=shop.owner,
            expires_at=NOON,
            created_at=NOON,
        )
        Discount.objects.create(
            booking=rich, amount=amount, reason="x", key=uuid.uuid4(), granted_by=shop.owner, at=NOON
        )
    for number in range(5):
        BookingEvent.objects.create(
            booking=rich,
            at=NOON,
            actor_kind="salon",
            actor=shop.owner,
            old_status="confirmed",
            new_status="arrived",
            reason=str(number),
        )
    # Session, person, memberships, booking, items, payments, discounts, credit, events, documents;
    # with money in it refunds and the second factor too.
    for each, queries in ((visit, 10), (rich, 12)):
        with django_assert_num_queries(queries):
            assert hind.see(each).status_code == 200


@pytest.mark.parametrize(
    ("status", "minutes", "buttons"),
    [
        (Status.REQUESTED, 60, ["confirm", "decline"]),
        (Status.REQUESTED, -10, ["decline"]),
        (Status.CONFIRMED, 300, ["cancel"]),
        (Status.CONFIRMED, 60, ["arrive", "cancel"]),
        (Status.CONFIRMED, -10, ["arrive", "complete", "cancel"]),  # the promised wait is not over
        (Status.CONFIRMED, -15, ["arrive", "complete", "no-show", "cancel"]),
        (Status.ARRIVED, 10, ["cancel"]),
        (Status.ARRIVED, -10, ["complete", "cancel"]),
        (Status.COMPLETED, -70, []),
        (Status.NO_SHOW, -70, ["arrive", "complete"]),
        (Status.NO_SHOW, -60 * 26, []),
        (Status.CANCELLED, 60, []),
        (Status.DECLINED, 60, []),
        (Status.EXPIRED, 60, []),
    ],
)
def test_only_buttons_that_would_work(hind, shop, status, minutes, buttons):
    """And what has no button is refused with 409 and the page as it stands."""
    starts = NOON + dt.timedelta(minutes=minutes)
    local = starts.astimezone(at("2026-11-24", "12:00").tzinfo) + dt.timedelta(hours=3)
    visit = book(shop, f"{local:%H:%M}", day=f"{local:%Y-%m-%d}", customer=shop.lama, status=status)
    assert visit.starts_at == starts
    page = hind.see(visit)
    assert sorted(offered(page, visit)) == sorted(buttons)
    for act in set(ACTS) - set(buttons):
        if act == "cancel" and status == Status.REQUESTED:
            continue  # not offered beside "decline", and not refused
        answer = hind.press(act, visit, **{f"{act}-reason": "A power cut"})
        assert answer.status_code == 409, act
        assert 'class="alert alert--bad"' in answer.content.decode()
        assert sorted(offered(answer, visit)) == sorted(buttons)
    assert fresh(visit).status == status


@pytest.mark.parametrize(
    ("status", "act", "becomes"),
    [
        (Status.REQUESTED, "confirm", Status.CONFIRMED),
        (Status.REQUESTED, "decline", Status.DECLINED),
        (Status.CONFIRMED, "arrive", Status.ARRIVED),
        (Status.CONFIRMED, "cancel", Status.CANCELLED),
        (Status.ARRIVED, "cancel", Status.CANCELLED),
    ],
)
def test_a_press_before_the_start(hind, shop, status, act, becomes):
    visit = book(shop, "13:00", customer=shop.lama, status=status)
    answer = hind.press(act, visit, **{f"{act}-reason": " A power \n cut "})
    assert answer.status_code == 303
    assert answer.url == hind.page(visit)
    assert fresh(visit).status == becomes
    assert BusyTime.objects.filter(booking=visit).exists() == (becomes in {Status.CONFIRMED, Status.ARRIVED})
    event = BookingEvent.objects.filter(booking=visit).latest("pk")
    assert (event.actor, event.actor_kind) == (shop.owner, "salon")
    assert (event.old_status, event.new_status) == (status, becomes)
    assert event.reason == ("A power cut" if act in {"decline", "cancel"} else "")
    page = hind.client.get(answer.url).content.decode()
    assert 'class="alert alert--ok"' in page
    assert "Hind" in page  # the log says who


@pytest.mark.parametrize(
    ("status", "act", "becomes"),
    [
        (Status.CONFIRMED, "complete", Status.COMPLETED),
        (Status.CONFIRMED, "no-show", Status.NO_SHOW),
        (Status.ARRIVED, "complete", Status.COMPLETED),
        (Status.NO_SHOW, "arrive", Status.ARRIVED),
    ],
)
def test_a_press_after_the_start(hind, shop, status, act, becomes):
    visit = book(shop, "11:30", customer=shop.lama, status=status)
    assert hind.press(act, visit).status_code == 303
    assert fresh(visit).status == becomes


def test_the_same_button_twice(hind, visit):
    assert hind.press("arrive", visit).status_code == 303
    assert hind.press("arrive", visit).status_code == 409
    assert BookingEvent.objects.filter(booking=visit, new_status=Status.ARRIVED).count() == 1


def test_a_press_on_what_the_guest_has_cancelled_meanwhile(hind, visit):
    page = hind.see(visit)
    assert "arrive" in offered(page, visit)
    Booking.objects.filter(pk=visit.pk).update(status=Status.CANCELLED, version=1)
    answer = hind.press("arrive", visit)
    assert answer.status_code == 409
    assert offered(answer, visit) == []


@pytest.mark.parametrize(("status", "act"), [(Status.REQUESTED, "decline"), (Status.CONFIRMED, "cancel")])
@pytest.mark.parametrize("reason", ["", "   ", "\u200b", "x" * 161])
def test_without_a_fit_reason_nothing_happens_and_the_words_stay(hind, shop, status, act, reason):
    visit = book(shop, "13:00", customer=shop.lama, status=status)
    answer = hind.press(act, visit, **{f"{act}-reason": reason})
    assert answer.status_code == 422
    assert fresh(visit).status == status
    page = answer.content.decode()
    assert '<details class="fold" open' in page
    assert 'aria-invalid="true"' in page
    assert f'id="id_{act}-reason_error"' in page
    assert f'<label for="id_{act}-reason">Reason</label>' in page
    if reason.strip():
        assert reason in page


def test_a_cancellation_gives_back_all_that_was_paid_and_tells_the_guest(hind, shop, visit):
    prepay(visit, 4500)
    with_second_factor(hind.client, shop.owner)
    page = hind.see(visit).content.decode()
    assert "The guest gets" in page
    assert "</svg>45<" in page
    hind.press("cancel", visit, **{"cancel-reason": "Noura is ill"})
    assert list(Refund.objects.values_list("amount", flat=True)) == [4500]
    assert Notification.objects.filter(booking=visit, letter=Letter.CANCELLED).exists()
    page = hind.see(visit).content.decode()
    assert "Noura is ill" in page
    assert "To collect" not in page


def test_nothing_prepaid_gives_nothing_back(hind, visit):
    assert "Nothing was prepaid" in hind.see(visit).content.decode()


def test_what_a_no_show_gives_back_is_said_before(hind, shop, lama):
    shop.salon.prepayment = "deposit"
    visit = book(shop, "11:30", customer=lama)
    prepay(visit, 4500)
    assert "Marking a no-show sends" not in hind.see(visit).content.decode()
    prepay(visit, 10000)
    assert "Marking a no-show sends SAR 100 back to the guest" in hind.see(visit).content.decode()
    hind.press("no-show", visit)
    assert sum(Refund.objects.values_list("amount", flat=True)) == 10000


def test_the_log_tells_who_did_what_and_why(hind, shop, lama):
    visit = book(shop, "11:30", customer=lama)
    with time_machine.travel(at("2026-11-24", "11:45"), tick=False):
        hind.press("no-show", visit)
    hind.press("arrive", visit)
    BookingEvent.objects.create(
        booking=visit, at=NOON, actor_kind="system", old_status="arrived", new_status="completed", reason="swept"
    )
    page = hind.see(visit).content.decode()
    log = page[page.index('class="log"') :]
    assert log.index("Arrived → completed") < log.index("No-show → arrived") < log.index("Confirmed → no-show")
    assert "On hold" not in log
    assert "11:45 AM" in log
    assert "System" in log
    assert "swept" not in log


class TestHolds:
    """What a guest is only looking at is nobody's business; what waits for its money is the salon's."""

    def test_a_hold_without_a_guest_is_not_there(self, hind, shop):
        hold = book(shop, "13:00", status=Status.HELD)
        assert hind.see(hold).status_code == 404
        assert hold.reference not in hind.day().content.decode()

    def test_nor_one_of_a_guest_who_has_not_placed_it(self, hind, shop, lama):
        hold = book(shop, "13:00", status=Status.HELD, customer=lama)
        assert hind.see(hold).status_code == 404
        assert hind.press("cancel", hold, **{"cancel-reason": "Mine"}).status_code == 404
        page = hind.day().content.decode()
        assert hold.reference not in page
        assert "Lama" not in page

    def test_one_that_waits_for_its_money_is_shown_and_not_counted(self, hind, shop, lama):
        hold = book(shop, "13:00", status=Status.HELD, customer=lama, due_now=4500)
        day = hind.day()
        assert "ev--held" in day.content.decode()
        assert day.context["day"].count == 0
        page = hind.see(hold)
        assert "The time is kept for the guest" in page.content.decode()
        assert offered(page, hold) == ["cancel"]
        assert hind.press("cancel", hold, **{"cancel-reason": "The chair broke"}).status_code == 303
        assert hind.see(hold).status_code == 200

    def test_one_that_ran_out_leaves_the_day(self, hind, shop, lama):
        book(shop, "13:00", status=Status.HELD, customer=lama, due_now=4500, expires_at=NOON)
        assert "ev--held" not in hind.day().content.decode()


def test_a_guest_without_a_name(hind, shop):
    visit = book(shop, "13:00", customer=person(""))
    assert "No name" in hind.see(visit).content.decode()
    assert "No name" in hind.day().content.decode()


def test_the_reference_may_be_typed_small(hind, visit):
    assert hind.client.get(hind.page(visit.reference.lower())).status_code == 200


def test_what_is_refused_is_said_in_the_language_of_the_page(shop, lama):
    visit = book(shop, "18:00", customer=lama)
    with translation.override("ar"):
        answer = Office(shop.owner, "ar").press("arrive", visit)
    assert answer.status_code == 409
    assert 'lang="ar"' in answer.content.decode()
