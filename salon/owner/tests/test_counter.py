"""At the counter: who may take, discount and close, and what each is told."""

from __future__ import annotations

import re
import uuid

import pytest

from salon.bookings.states import Status
from salon.owner.tests.office import Office, book, colleague
from salon.owner.tests.till import PRICE, VERBS, pay, send, status, words
from salon.payments.models import Discount, MethodKind, Payment, Refund
from salon.salons.models import Role
from salon.tests.people import rose


class TestDoors:
    @pytest.mark.parametrize("verb", VERBS)
    def test_only_by_pressing(self, hind, here, verb):
        assert hind.client.get(f"{hind.page(here)}{verb}/").status_code == 405

    @pytest.mark.parametrize("verb", VERBS)
    def test_a_stranger_is_asked_to_sign_in(self, here, verb):
        assert send(Office(None), here, verb, seen=PRICE).status_code == 302

    @pytest.mark.parametrize("verb", VERBS)
    def test_to_a_guest_there_is_no_office(self, lama, here, verb):
        assert send(Office(lama), here, verb, seen=PRICE).status_code == 403

    @pytest.mark.parametrize("verb", VERBS)
    def test_a_rivals_booking_is_not_there(self, here, verb):
        assert send(Office(rose(slug="rival").owner), here, verb, seen=PRICE).status_code == 404

    @pytest.mark.parametrize("verb", VERBS)
    def test_a_stylist_has_no_counter(self, shop, here, verb):
        stylist = Office(colleague(shop.salon, Role.STYLIST))
        assert send(stylist, here, verb, seen=PRICE).status_code == 404
        pay(Office(shop.owner), here, "45")
        send(Office(shop.owner), here, "discount", amount="10", reason="A regular", seen=13500)
        page = words(stylist.see(here))
        assert "</svg>125<" in page  # to collect
        assert "A regular" not in page
        assert "Hind" not in page
        assert "Finish and collect" not in page
        assert "Give money back" not in page

    @pytest.mark.parametrize("role", [Role.OWNER, Role.MANAGER, Role.RECEPTION])
    def test_who_takes_money(self, shop, here, role):
        office = Office(colleague(shop.salon, role))
        assert pay(office, here).status_code == 303
        assert Payment.objects.get().amount == PRICE

    def test_the_reception_gives_no_discount_and_is_told_who_does(self, desk, here):
        answer = send(desk, here, "discount", amount="10", reason="Nice", seen=PRICE)
        assert answer.status_code == 403
        assert "A discount is given by the owner or a manager." in words(answer)
        assert "Give a discount" not in words(desk.see(here))
        assert not Discount.objects.exists()

    def test_the_reception_gives_nothing_back_and_is_told_who_does(self, desk, here):
        pay(desk, here)
        answer = send(desk, here, "refund", amount="10", reason="Nice", seen=PRICE, agreed="1")
        assert answer.status_code == 403
        assert "Money is given back by the owner or a manager." in words(answer)
        assert "Give money back" not in words(desk.see(here))
        assert not Refund.objects.exists()

    def test_giving_back_asks_for_the_second_factor(self, hind, here):
        pay(hind, here)
        answer = send(hind, here, "refund", amount="10", reason="Nice", seen=PRICE, agreed="1")
        assert answer.status_code == 303
        assert "/account/security/second-factor/" in answer.url
        assert "Giving money back asks who it is" in words(hind.see(here))
        assert not Refund.objects.exists()


class TestTakingMoney:
    def test_it_is_on_the_page_with_who_and_how(self, desk, here):
        assert pay(desk, here, "45.50", method="card_machine").status_code == 303
        page = words(desk.see(here))
        assert "The payment is written down." in page
        assert "Card machine" in page
        assert "Reem" in page
        assert "</svg>45.50<" in page
        assert "</svg>134.50<" in page  # left
        assert "RCT-1" in page

    @pytest.mark.parametrize("typed", ["45.5", "٤٥٫٥٠", "٤٥٫٥", " 45.50 ", "45,50", "45.50 ر.س"])
    def test_in_either_script(self, desk, here, typed):
        assert pay(desk, here, typed).status_code == 303
        assert Payment.objects.get().amount == 4550

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ("", "Please enter an amount."),
            ("0", "Please enter an amount above zero."),
            ("much", "Please enter an amount in riyals, such as 45 or 45.50."),
            ("-5", "Please enter an amount in riyals, such as 45 or 45.50."),
            ("1" * 300, "Ensure this value has at most 40 characters"),
            ("180.01", "At most SAR 180 is possible."),
        ],
    )
    def test_what_is_wrong_is_said_beside_it_and_nothing_is_lost(self, desk, here, typed, said):
        answer = pay(desk, here, typed, method="card_machine")
        assert answer.status_code == 422
        page = words(answer)
        assert said in page
        assert f'value="{typed}"' in page or not typed
        assert re.search(r'value="card_machine"[^>]* checked', page)
        assert '<details class="fold" id="take" open>' in page
        assert not Payment.objects.exists()

    @pytest.mark.parametrize("method", ["", "mada", "credit", "gold"])
    def test_somebody_must_say_how(self, desk, here, method):
        answer = pay(desk, here, method=method)
        assert answer.status_code == 422
        assert "Please choose how it was paid." in words(answer)
        assert not Payment.objects.exists()

    def test_pressed_twice_it_is_written_once(self, desk, here):
        key = uuid.uuid4()
        assert [pay(desk, here, key=key).status_code for _ in range(2)] == [303, 303]
        assert Payment.objects.count() == 1

    def test_a_colleague_was_faster(self, desk, boss, here):
        pay(boss, here)
        answer = pay(desk, here)
        assert answer.status_code == 409
        assert "This visit is paid already. Somebody was faster." in words(answer)
        assert Payment.objects.count() == 1

    def test_a_colleague_took_a_part_meanwhile(self, desk, boss, here):
        pay(boss, here, "50")
        answer = pay(desk, here, "50")
        assert answer.status_code == 409
        assert "Somebody changed this booking a moment ago." in words(answer)
        assert Payment.objects.count() == 1

    @pytest.mark.parametrize("broken", [{"seen": ""}, {"seen": "x"}, {"seen": "-1"}, {"key": "x"}, {"seen": "9" * 40}])
    def test_a_form_that_is_not_ours(self, desk, here, broken):
        data = {"pay-amount": "45", "pay-method": "cash", "pay-seen": "18000", "pay-key": str(uuid.uuid4())}
        data |= {f"pay-{name}": value for name, value in broken.items()}
        assert desk.press("payment", here, **data).status_code == 409
        assert not Payment.objects.exists()

    @pytest.mark.parametrize(
        "state", [Status.REQUESTED, Status.NO_SHOW, Status.CANCELLED, Status.DECLINED, Status.EXPIRED]
    )
    def test_not_for_a_visit_in_this_state(self, desk, shop, lama, state):
        visit = book(shop, "11:00", customer=lama, status=state)
        answer = pay(desk, visit)
        assert answer.status_code == 409
        assert "takes no payment" in words(answer)
        assert "Take a payment" not in words(desk.see(visit))

    def test_it_speaks_arabic(self, shop, here):
        answer = pay(Office(shop.owner, "ar"), here, "x")
        assert answer.status_code == 422
        assert 'dir="rtl"' in words(answer)


class TestDiscounts:
    def give(self, office, booking, amount="30", *, seen=PRICE, reason="A long wait", **more):
        return send(office, booking, "discount", amount=amount, reason=reason, seen=seen, **more)

    @pytest.mark.parametrize("role", [Role.OWNER, Role.MANAGER])
    def test_it_is_on_the_page_with_its_reason(self, shop, here, role):
        office = Office(colleague(shop.salon, role))
        assert self.give(office, here).status_code == 303
        page = words(office.see(here))
        assert "A long wait" in page
        assert "Reem" in page
        assert "</svg>150<" in page

    @pytest.mark.parametrize("reason", ["", "  ", "\u200b"])
    def test_without_a_reason(self, hind, here, reason):
        answer = self.give(hind, here, reason=reason)
        assert answer.status_code == 422
        assert "Please give a reason." in words(answer)
        assert 'value="30"' in words(answer)

    def test_more_than_is_left(self, hind, here):
        answer = self.give(hind, here, "181")
        assert answer.status_code == 422
        assert "At most SAR 180 is possible." in words(answer)
        assert "A long wait" in words(answer)

    def test_pressed_by_two(self, hind, here):
        self.give(hind, here)
        assert self.give(hind, here).status_code == 409
        assert Discount.objects.count() == 1


class TestClosing:
    def test_the_rest_is_taken_and_the_visit_is_over(self, desk, here):
        assert 'id="collect"' in words(desk.see(here))
        answer = send(desk, here, "close", method="card_machine", seen=PRICE)
        assert answer.status_code == 303
        assert status(here) == Status.COMPLETED
        assert Payment.objects.get().method_kind == MethodKind.CARD_MACHINE
        page = words(desk.see(here))
        assert "The visit is finished." in page
        assert 'id="collect"' not in page

    def test_somebody_must_say_how(self, desk, here):
        answer = send(desk, here, "close", seen=PRICE)
        assert answer.status_code == 422
        assert "Please choose how it was paid." in words(answer)
        assert status(here) == Status.CONFIRMED

    def test_another_sum_than_was_seen(self, desk, boss, here):
        pay(boss, here, "50")
        assert send(desk, here, "close", method="cash", seen=PRICE).status_code == 409
        assert status(here) == Status.CONFIRMED
        assert Payment.objects.count() == 1

    def test_a_colleague_took_it_all_meanwhile(self, desk, boss, here):
        send(boss, here, "close", method="cash", seen=PRICE)
        answer = send(desk, here, "close", method="cash", seen=PRICE)
        assert answer.status_code == 409
        assert Payment.objects.count() == 1

    def test_not_before_it_began(self, desk, visit):
        assert 'id="collect"' not in words(desk.see(visit))
        assert "Take a payment" in words(desk.see(visit))
        assert send(desk, visit, "close", method="cash", seen=PRICE).status_code == 409
        assert not Payment.objects.exists()
