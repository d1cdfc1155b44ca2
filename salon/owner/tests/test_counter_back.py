"""At the counter: who may give back and use credit, and what each is told."""

from __future__ import annotations

import re
import uuid

import pytest

from salon.bookings.models import Booking
from salon.flows import booking as visits
from salon.owner.tests.office import NOON, Office, book, colleague, prepay
from salon.owner.tests.till import PRICE, pay, send, words
from salon.payments.models import Credit, Invoice, Payment, Refund
from salon.salons.models import Role
from salon.tests.people import with_second_factor


class TestGivingBack:
    def back(self, office, booking, amount="180", *, seen=PRICE, reason="Not happy", agreed="1", **more):
        return send(office, booking, "refund", amount=amount, reason=reason, seen=seen, agreed=agreed, **more)

    @pytest.fixture
    def both(self, boss, here):
        """45 riyals came in online, 135 in cash."""
        prepay(here, 4500)
        Payment.objects.update(method="mada 1010", method_kind="mada")
        pay(boss, here, "135", seen=13500)
        return here

    def test_first_it_says_how_much_goes_where(self, boss, both):
        answer = self.back(boss, both, "150", agreed="")
        assert answer.status_code == 200
        page = words(answer)
        assert "goes back to the guest. Is that right?" in page
        assert re.search(r"Cash<small>Please hand it over in cash now\.</small></span>.*?</svg>135<", page)
        assert re.search(r"Mada 1010<small>It goes back to the card by itself\..*?</small></span>.*?</svg>15<", page)
        assert 'name="refund-reason" value="Not happy"' in page
        assert not Refund.objects.exists()

    def test_then_it_is_done(self, boss, both):
        assert self.back(boss, both, "150").status_code == 303
        assert sorted(Refund.objects.values_list("amount", "state", "requested_by__name")) == [
            (1500, "wanted", "Hind"),
            (13500, "done", "Hind"),
        ]
        page = words(boss.see(both))
        assert "Not happy" in page
        assert "The refund is written down." in page

    def test_what_the_page_asks_is_what_is_done(self, boss, both):
        """The hidden fields of the question, sent as they are."""
        page = words(self.back(boss, both, "1.50", agreed=""))
        fields = dict(re.findall(r'name="(refund-[a-z]+)" value="([^"]*)"', page))
        assert boss.press("refund", both, **fields).status_code == 303
        assert Refund.objects.get().amount == 150

    def test_from_the_payment_that_was_chosen(self, boss, both):
        online = Payment.objects.get(method_kind="mada")
        self.back(boss, both, "10", source=online.pk)
        assert Refund.objects.get().payment == online
        answer = self.back(boss, both, "45", source=online.pk, seen=PRICE - 1000, agreed="")
        assert answer.status_code == 422
        assert "At most SAR 35 can be given back." in words(answer)

    def test_two_people_press_and_one_refund_is_made(self, boss, shop, both):
        other = colleague(shop.salon, Role.MANAGER)
        manager = Office(other)
        with_second_factor(manager.client, other)
        assert self.back(boss, both, "20").status_code == 303
        answer = self.back(manager, both, "20")
        assert answer.status_code == 409
        assert "Somebody changed this booking a moment ago." in words(answer)
        assert self.back(manager, both, "20", agreed="").status_code == 409
        assert Refund.objects.count() == 1

    def test_the_same_form_twice(self, boss, both):
        key = uuid.uuid4()
        assert [self.back(boss, both, "20", key=key).status_code for _ in range(2)] == [303, 303]
        assert Refund.objects.count() == 1

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            ({"amount": "180.01"}, "At most SAR 180 can be given back."),
            ({"amount": "180.01", "agreed": ""}, "At most SAR 180 can be given back."),
            ({"amount": "x"}, "Please enter an amount in riyals"),
            ({"reason": " "}, "Please give a reason."),
        ],
    )
    def test_what_is_wrong(self, boss, both, data, said):
        answer = self.back(boss, both, **data)
        assert answer.status_code == 422
        assert said in words(answer)
        assert not Refund.objects.exists()

    def test_nothing_to_give_back(self, boss, here):
        assert "Give money back" not in words(boss.see(here))
        assert self.back(boss, here, "1", seen=0).status_code == 422

    def test_what_a_called_off_visit_owes_by_hand_is_said(self, boss, both):
        page = words(boss.see(both))
        assert "The guest gets" in page
        assert "was taken at the salon and is to be handed back there." in page
        boss.press("cancel", both, **{"cancel-reason": "Noura is ill"})
        page = words(boss.see(both))
        assert "SAR 135 was taken at the salon and is owed to the guest." in page
        assert 'name="refund-amount" value="135"' in page
        self.back(boss, both, "135", seen=13500)
        assert "is owed to the guest" not in words(boss.see(both))


class TestCredit:
    @pytest.fixture
    def missed(self, shop, lama, boss):
        """Lama missed a visit last week; 45 riyals of it are credit here."""
        old = book(shop, "11:00", day="2026-11-17", customer=lama)
        prepay(old, 4500)
        Booking.objects.filter(pk=old.pk).update(policy={**old.policy, "no_show_credit": True, "deposit": 4500})
        visits.no_show(booking=old, actor=shop.owner, now=NOON)
        assert Credit.objects.get().amount == 4500
        return old

    def test_it_pays_for_the_next_visit(self, desk, missed, here):
        assert "of it is the guest&#x27;s credit" in words(desk.see(missed)).replace("'", "&#x27;")
        assert "Use the guest" in words(desk.see(here))
        assert send(desk, here, "credit", amount="45", seen=PRICE).status_code == 303
        page = words(desk.see(here))
        assert "Salon credit" in page
        assert "</svg>135<" in page
        assert "Use the guest" not in page
        old = words(desk.see(missed))
        assert "Moved to another visit" in old
        assert "of it is the guest" not in old

    def test_more_than_there_is(self, desk, missed, here):
        answer = send(desk, here, "credit", amount="46", seen=PRICE)
        assert answer.status_code == 422
        assert "At most SAR 45 is possible." in words(answer)

    def test_pressed_by_two(self, desk, missed, here):
        send(desk, here, "credit", amount="20", seen=PRICE)
        assert send(desk, here, "credit", amount="20", seen=PRICE).status_code == 409
        assert Credit.objects.get().used == 2000

    def test_a_guest_without_any(self, desk, here):
        assert "Use the guest" not in words(desk.see(here))
        assert send(desk, here, "credit", amount="1", seen=PRICE).status_code == 422


def test_what_is_reserved_on_the_card_and_what_ran_out(desk, here):
    shared = {"booking": here, "gateway": "simulator", "checkout": "form", "hold": True, "created_at": NOON}
    Payment.objects.create(
        amount=4500, state="authorized", expires_at=NOON, hold_ends_at=NOON.replace(day=26), **shared
    )
    Payment.objects.create(amount=4400, state="expired", expires_at=NOON, **shared)
    page = words(desk.see(here))
    assert "Reserved on the card until" in page
    assert "Nothing is reserved on the card any more." in page
    assert "</svg>135<" in page  # left: what is reserved is not asked for again


def test_papers_are_made_with_the_money(boss, here):
    send(boss, here, "discount", amount="30", reason="A long wait", seen=PRICE)
    send(boss, here, "close", method="cash", seen=15000)
    paper = Invoice.objects.get()
    assert (paper.gross, paper.visit_price, paper.is_part) == (15000, 15000, False)
