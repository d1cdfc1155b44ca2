"""Each vendor, mode and channel through the real sign-in page: it works, and nothing it can do breaks the page."""

from __future__ import annotations

import socket
from contextlib import contextmanager

import pytest
from django.utils import timezone

from salon.accounts import otp, otp_providers
from salon.accounts.models import UsageCounter, User
from salon.accounts.tests.guest import HTMX, LAMA
from salon.accounts.tests.vendors import DELEGATED, WAYS
from salon.messaging.tests import stand_in
from salon.messaging.tests.twilio_server import said

pytestmark = pytest.mark.django_db

GIVEN_BACK = ("codes-phone-hour", "codes-phone-day", "codes-prefix", "codes-prefix-day", "codes-all")


def _unifonic(code, words):
    return 200, {"success": False, "message": words, "errorCode": code, "data": {}}


def _authenticate(status):
    return status, {"message": "no", "errors": []}


REFUSALS = {
    "unifonic local sms": [
        *(_unifonic(f"ER-0{n}", "Dest num 966551234567 is wrong") for n in (1, 2, 3, 4, 5, 6, 7, 8)),
        *((status, {"success": False}) for status in (401, 402, 403, 406, 410, 429, 440, 480, 482, 499, 500, 599)),
    ],
    "unifonic local whatsapp": [(s, {"message": "to +966551234567", "errors": []}) for s in (400, 401, 402, 403, 500)],
    "unifonic delegated": [_authenticate(status) for status in (400, 401, 402, 403, 404, 409, 429, 500, 503)],
    "authentica": [
        (401, {"errors": [{"message": "Unauthorized"}]}),
        (400, {"message": "phone +966551234567"}),
        (422, {"message": "The given data was invalid.", "errors": {"phone": ["+966551234567"]}}),
        (402, {"success": False, "message": "no balance"}),
        (429, {"message": "Too Many Attempts."}),
        (500, {"message": "Server Error"}),
        (200, {"success": False, "message": "no"}),
        (200, {"success": "no", "data": None}),
    ],
    "twilio local": [
        *((400, said(400, code, "to +966551234567")) for code in (21211, 21408, 21606, 21610, 21611, 21612, 21614)),
        *((400, said(400, code, "no")) for code in (30003, 30007, 63003, 63016, 63018)),
        (401, said(401, 20003, "Authenticate")),
        (404, said(404, 20404, "Not found")),
        (429, said(429, 20429, "Too many")),
        (500, said(500, 20500, "Internal")),
        (201, {"sid": "SM1", "status": "failed", "error_code": 30007}),
    ],
    "twilio delegated": [
        (400, said(400, 60200, "Invalid parameter `To`: +966551234567")),
        (401, said(401, 20003, "Authenticate")),
        (404, said(404, 20404, "Not found")),
        (429, said(429, 60203, "Max send attempts reached")),
        (429, said(429, 20429, "Too many")),
        (400, said(400, 68008, "no WhatsApp sender")),
        (201, {"sid": "VE1", "status": "canceled"}),
    ],
}


def _refusals(way):
    return next(rows for name, rows in REFUSALS.items() if set(name.split()) <= {way.provider, way.mode, way.channel})


@contextmanager
def _impatient(how):
    """Nobody waits five seconds for each slow vendor; every other one has its time, however busy the machine is."""
    if how not in ("slow", "drip"):
        yield
        return
    before = dict(otp_providers.PATIENCE)
    otp_providers.PATIENCE.update(timeout=(3.0, 0.3), deadline=0.3)
    yield
    otp_providers.PATIENCE.update(before)


def _counts():
    return dict(UsageCounter.objects.values_list("name", "count"))


def _assert_quiet(caplog):
    assert LAMA not in caplog.text
    assert LAMA.removeprefix("+") not in caplog.text
    assert "+9665••••••67" in caplog.text


def _wrong(code):
    return f"{(int(code) + 1) % 1_000_000:06}"


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_guest_signs_in(way, guest, settings):
    with way.open(settings) as vendor:
        assert guest.ask().status_code == 303
        page = guest.page()
        assert (page.context["failed"], page.context["channel"]) == (False, way.channel)
        code = way.code(vendor, LAMA)
        wrong = guest.type(_wrong(code))
        assert (wrong.status_code, wrong.context["form"].tries_left) == (422, 4)
        assert guest.type(code).status_code == 302
    assert User.objects.get().phone == LAMA
    if way.check:
        kept = [asked for asked in vendor.asked if not asked.path.endswith(way.check)]
        assert len(kept) == 1
        assert "otp" not in kept[0], "none of ours is sent"


# One call serves both channels there: the second would tell the same again.
WIRES = [way for way in WAYS if way.channel == "sms" or (way.provider != "authentica" and not way.check)]
CHECKS = [way for way in WIRES if way.check]
TROUBLES = [
    *(pytest.param(way, how, id=f"{way}-{how}") for way in WIRES for how in (*stand_in.WAYS, "refused")),
    *(pytest.param(way, row, id=f"{way}-{row[0]}-{n}") for way in WIRES for n, row in enumerate(_refusals(way))),
]


@pytest.mark.parametrize(("way", "trouble"), TROUBLES)
def test_whatever_the_vendor_does_the_guest_sees_a_page(way, trouble, guest, settings, caplog):
    with way.open(settings) as vendor:
        if trouble == "refused":
            setattr(settings, way.url, _closed())
        elif isinstance(trouble, tuple):
            vendor.answer(trouble[1], status=trouble[0])
        else:
            vendor.answer(how=trouble)
        with _impatient(trouble):
            asked = guest.ask(next="/account/")
        assert asked.status_code == 303
        page = guest.client.get(asked["Location"])
        assert page.status_code == 200
        assert page.context["failed"] is True
        assert "055 123 4567" in page.content.decode(), "the number was kept"
        counts = _counts()
        assert [counts[name] for name in GIVEN_BACK] == [0] * len(GIVEN_BACK)
        _assert_quiet(caplog)
        vendor.answer()
        setattr(settings, way.url, vendor.url)
        assert guest.resend(next="/account/").status_code == 303
        assert guest.type(way.code(vendor, LAMA), next="/account/")["Location"] == "/account/"


def _closed():
    with socket.socket() as once:
        once.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{once.getsockname()[1]}"


@pytest.mark.parametrize("how", stand_in.WAYS)
@pytest.mark.parametrize("way", CHECKS, ids=str)
def test_a_check_without_an_answer_is_told_and_can_be_tried_again(way, how, guest, settings, caplog):
    with way.open(settings) as vendor:
        guest.ask()
        vendor.answer(how=how, at=way.check)
        wrong = _wrong(way.code(vendor, LAMA))
        with _impatient(how):
            answer = guest.type(wrong)
            again = guest.type(wrong, headers=HTMX)
        assert answer.status_code == 503
        assert [error.code for error in answer.context["form"].errors.as_data()["code"]] == ["unavailable"]
        assert again.status_code == 422, "htmx shows no 5xx"
        assert guest.user_id is None
        assert _counts()["code-tries"] == 2, "it may have been evaluated"
        _assert_quiet(caplog)
        vendor.answer(at=way.check)
        assert guest.type(way.code(vendor, LAMA)).status_code == 302


@pytest.mark.parametrize("way", DELEGATED, ids=str)
def test_a_check_that_never_left_costs_no_try(way, guest, settings):
    with way.open(settings) as vendor:
        guest.ask()
        setattr(settings, way.url, _closed())
        code = way.code(vendor, LAMA)
        assert guest.type(code).status_code == 503
        assert _counts()["code-tries"] == 0
        setattr(settings, way.url, vendor.url)
        assert guest.type(code).status_code == 302


@pytest.mark.parametrize("way", DELEGATED, ids=str)
def test_five_wrong_guesses_and_the_vendor_is_asked_no_more(way, guest, settings):
    with way.open(settings) as vendor:
        guest.ask()
        wrong = _wrong(way.code(vendor, LAMA))
        assert [guest.type(wrong).status_code for _ in range(5)] == [422, 422, 422, 422, 429]
        before = len(vendor.asked)
        assert guest.type(way.code(vendor, LAMA)).status_code == 303, "back to the phone"
        assert len(vendor.asked) == before


@pytest.mark.parametrize("way", DELEGATED, ids=str)
def test_no_guess_of_an_empty_code_is_right(way, guest, settings):
    """The session of a delegated code holds none; it must never be compared, in any spelling of nothing."""
    with way.open(settings) as vendor:
        guest.ask()
        login = guest.client.session["account_login"]
        assert login["state"]["stages"]["login_by_code"]["data"]["code"] == ""
        for typed in ("", " ", "-", "000000"):
            assert guest.type(typed).status_code == 422
        settings.OTP_MODE, settings.OTP_PROVIDER = "local", "console"
        for typed in ("", "000000"):
            assert guest.type(typed).status_code == 422, "nor when the mode changes under way"
        assert len([asked for asked in vendor.asked if asked.path.endswith(way.check)]) == 1
    assert guest.user_id is None


SPENT = [way for way in DELEGATED if way.provider != "authentica"]


@pytest.mark.parametrize("way", SPENT, ids=str)
def test_a_code_the_vendor_calls_over_is_over(way, guest, settings):
    with way.open(settings) as vendor:
        guest.ask(next="/account/")
        code = way.code(vendor, LAMA)
        if way.provider == "unifonic":
            vendor.expired.add(LAMA)
        else:
            vendor.codes.clear()
        answer = guest.type(code, next="/account/")
        assert (answer.status_code, answer["Retry-After"]) == (429, "30")
        assert answer.context["form"].over is True
        assert "alert--bad" in answer.content.decode()
        again = guest.type(code, next="/account/")
        assert (again.status_code, again["Location"]) == (303, "/accounts/login/?next=%2Faccount%2F")


def test_a_vendor_that_is_down_is_left_alone(guest, settings, monkeypatch, caplog):
    way = WAYS[0]
    with way.open(settings) as vendor:
        vendor.answer(how="down")
        guest.ask()
        for _ in range(4):
            guest.resend()
        assert len(vendor.asked) == 5
        answer = guest.resend()
        assert answer.status_code == 303
        assert guest.page().context["failed"] is True, "at once, without waiting for the vendor"
        assert len(vendor.asked) == 5
        assert _counts()["codes-phone-hour"] == 0
        vendor.answer()
        monkeypatch.setattr(otp.circuits[f"{way.provider} {way.channel}"], "_probe_at", 0.0)
        guest.resend()
        assert len(vendor.asked) == 6, "one passes now and then"
        assert guest.type(way.code(vendor, LAMA)).status_code == 302
    assert "left alone" in caplog.text


def test_numbers_that_are_refused_do_not_close_the_door_for_others(inbox, settings):
    way = WAYS[0]
    with way.open(settings) as vendor:
        vendor.answer(_unifonic("ER-03", "too long")[1])
        for n in range(8):
            phone = f"+9665000000{n:02}"
            otp.send_now(phone=phone, code="1", language="ar", channel="sms", now=timezone.now())
        assert len(vendor.asked) == 8
        vendor.answer()
        assert otp.deliver(phone=LAMA, code="482715", language="ar", channel="sms")


def test_a_check_that_is_down_is_left_alone_and_costs_no_try_then(guest, settings):
    way = DELEGATED[0]
    with way.open(settings) as vendor:
        guest.ask()
        for _ in range(5):
            otp.circuits[f"check {way.provider} {way.channel}"].tell(sent=False)
        asked = len(vendor.asked)
        assert guest.type("123456").status_code == 503
        assert len(vendor.asked) == asked
        assert _counts()["code-tries"] == 0
