"""At the counter: who may take, discount, close, give back and use credit, and what each is told."""

from __future__ import annotations

import re
import uuid

import pytest

from salon.bookings.models import Booking
from salon.bookings.states import Status
from salon.flows import booking as visits
from salon.owner.tests.office import NOON, Office, book, colleague, prepay
from salon.payments.models import Credit, Discount, Invoice, MethodKind, Payment, Refund
from salon.salons.models import Role
from salon.tests.people import rose, with_second_factor

PRICE = 18000
VERBS = ("payment", "discount", "close", "refund", "credit")


@pytest.fixture
def here(shop, lama):
    """Lama's cut began an hour ago; nothing is paid."""
    return book(shop, "11:00", customer=lama)


@pytest.fixture
def desk(shop):
    """Reem at the reception."""
    return Office(colleague(shop.salon, Role.RECEPTION))


@pytest.fixture
def boss(hind, shop):
    """The owner, with her second factor."""
    with_second_factor(hind.client, shop.owner)
    return hind


def send(office, booking, verb, *, key=None, **data):
    """A form as its page made it: `seen` is in halalas, amounts as typed."""
    prefix = {"payment": "pay"}.get(verb, verb)
    filled = {"key": str(key or uuid.uuid4()), **data}
    return office.press(verb, booking, **{f"{prefix}-{name}": str(value) for name, value in filled.items()})


def pay(office, booking, amount="180", *, seen=PRICE, method="cash", **more):
    return send(office, booking, "payment", amount=amount, method=method, seen=seen, **more)


def words(answer):
    return answer.content.decode()


def status(booking):
    return Booking.objects.get(pk=booking.pk).status


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
