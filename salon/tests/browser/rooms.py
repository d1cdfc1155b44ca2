"""Whose browser looks at a page: browsers of the roles, and the people and bookings that pages need to exist."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, Page, expect

from salon.jobs.demo import people
from salon.tests.browser.conftest import (
    ASKED_BY_DEMO,
    AT_ONCE,
    AT_THE_SALON,
    BY_HAND,
    OWNERS,
    ROUND_THE_CLOCK,
    States,
    new_context,
    watch,
)
from salon.tests.browser.town import Town
from salon.tests.browser.walk import MADA_NO_FUNDS, Walk

FACTS = f"""
import json
from datetime import timedelta
from django.utils import timezone
from salon.bookings import queries
from salon.bookings.models import Booking
from salon.core import clock
from salon.salons.models import Salon, Service
now = timezone.now()
salon = Salon.objects.get(slug="{AT_THE_SALON}")
service = salon.services.filter(variants__isnull=True).first()
first_day = clock.local_day(now, clock.zone(salon.zone)) + timedelta(days=3)
slots = queries.open_slots(salon=salon, services=[service], first_day=first_day, days=7, now=now)
day, times = next((day, times) for day, times in slots.items() if times)
rose = Service.objects.filter(salon__slug="{BY_HAND}", variants__isnull=True)[:2]
facts = dict(service=service.pk, day=str(day), start=times[0].start_minute, tomorrow=str(first_day - timedelta(days=2)),
             two_services="&service=".join(str(each.pk) for each in rose))
for status in ("confirmed", "completed"):
    mine = Booking.objects.filter(customer__phone="{people.GUEST[0]}", status=status).order_by("-starts_at")
    facts[status] = mine.values_list("reference", flat=True)[0]
visit = Booking.objects.select_related("salon").get(reference=facts["confirmed"])
services = [item.variant or item.service for item in visit.items.all()]
slots = queries.open_slots(salon=visit.salon, services=services, first_day=visit.business_day, days=7, now=now)
facts["free"] = next(times[-1].start_minute for times in slots.values() if times)
asked = Booking.objects.filter(salon__slug="{ASKED_BY_DEMO}", status="requested").order_by("-starts_at")
facts["requested"] = asked.values_list("reference", flat=True)[0]
for status in ("confirmed", "completed"):
    theirs = Booking.objects.filter(salon__slug="{BY_HAND}", status=status).order_by("-starts_at")
    facts["office_" + status] = theirs.values_list("reference", flat=True)[0]
print(json.dumps(facts))
"""
PAYMENT = """
import json
from salon.payments.models import Payment
payment = Payment.objects.filter(booking__customer__phone="{phone}").latest("created_at")
print(json.dumps(str(payment.pk)))
"""
BOUGHT = """
import json
from salon.payments.models import Invoice
invoice = Invoice.objects.filter(booking__customer__phone="{phone}").latest("pk")
print(json.dumps([invoice.booking.reference, invoice.code, str(invoice.entry.payment_id)]))
"""

KEEPER = """
import json
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.utils import timezone
from salon.accounts.models import User
from salon.tests.passkey import SoftPasskey
user = User.objects.get(phone="{phone}")
options = dict(publicKey=dict(challenge="AA", user=dict(id="AA")))
secret = generate_totp_secret()
TOTP.activate(user, secret)
RecoveryCodes.activate(user)
for name in ("آيفون لمى", "iPad"):
    row = WebAuthn.add(user, name, json.loads(SoftPasskey("{url}").create(options))).instance
row.record_usage()
print(json.dumps([secret, row.pk]))
"""

LEAVING = """
import json
from django.utils import timezone
from salon.accounts import consents
from salon.accounts.models import Purpose, User
from salon.flows import data_rights
owner = User.objects.get(phone="{phone}")
consents.set_consents(owner, dict.fromkeys(Purpose, True), language="ar", now=timezone.now())
print(json.dumps(data_rights.ask_deletion(user=owner, now=timezone.now()).is_done))
"""


class Rooms:
    """Browsers of the roles, opened when they are asked for, each with one page a language that stays open."""

    def __init__(self, chromium: Browser, town: Town, signed_in: States) -> None:
        """Nobody is here yet."""
        self.chromium, self.town, self.signed_in = chromium, town, signed_in
        self.facts: dict[str, Any] = town.ask(FACTS)
        self.pages: dict[tuple[str, str], tuple[Page, list[str]]] = {}
        self.states: dict[str, Any] = {}

    def page(self, role: str, language: str) -> tuple[Page, list[str]]:
        if (role, language) not in self.pages:
            context = new_context(self.chromium, language, storage_state=self._state(role))
            problems: list[str] = []
            page = context.new_page()
            watch(page, problems)
            self.pages[role, language] = page, problems
        page, problems = self.pages[role, language]
        problems.clear()
        return page, problems

    def _state(self, role: str) -> Any:
        if role not in self.states:
            make: dict[str, Callable[[], Any]] = {
                "nobody": lambda: None,
                "pending": self._pending,
                "guest": self._guest,
                "payer": self._payer,
                "declined": self._declined,
                "buyer": self._buyer,
                "cashier": self._cashier,
                "owner": lambda: self.signed_in(people.OWNER[0]),
                "leaving": self._leaving,
                "keeper": self._keeper,
                "halfway": self._halfway,
                "proving": self._proving,
                "asked": lambda: self.signed_in(OWNERS[ASKED_BY_DEMO]),
                "stylist": lambda: self.signed_in(people.STYLIST[0]),
            }
            self.states[role] = make[role]()
        return self.states[role]

    def _walk(self, phone: str, **options: Any) -> Walk:
        page = new_context(self.chromium, "ar", **options).new_page()
        return Walk(town=self.town, page=page, language="ar", phone=phone)

    def _pending(self) -> Any:
        walk = self._walk("+966559000001")
        walk.page.goto(f"{self.town.url}/accounts/login/")
        walk.ask_for_code()
        return walk.page.context.storage_state()

    def _guest(self) -> Any:
        """Lama, keeping a chair."""
        state = self.signed_in(people.GUEST[0])
        self._walk(people.GUEST[0], storage_state=state).book_until_confirm(AT_ONCE, days_ahead=5)
        return state

    def _leaving(self) -> Any:
        """An owner who wants the account deleted, and has to give the salon up first."""
        phone = OWNERS[ROUND_THE_CLOCK]
        assert self.town.ask(LEAVING.format(phone=phone)) is False
        return self.signed_in(phone)

    def _keeper(self) -> Any:
        """Somebody with two passkeys and an authenticator app, which was given just now."""
        walk = self._walk("+966559000004")
        walk.page.goto(f"{self.town.url}/account/security/")
        walk.prove_phone()
        kept = self.town.ask(KEEPER.format(phone=walk.phone, url=self.town.url))
        self.town.factors[walk.phone], self.facts["passkey"] = kept
        walk.page.goto(f"{self.town.url}/account/security/prove/?by=factor&next=/account/security/")
        walk.give_factor()
        return walk.page.context.storage_state()

    def _halfway(self) -> Any:
        """The same person, signing in elsewhere: the phone is proved, the rest is not."""
        self._state("keeper")
        walk = self._walk("+966559000004")
        self.town.end_pause(walk.phone)
        walk.page.goto(f"{self.town.url}/accounts/login/")
        walk.ask_for_code()
        walk.give_code(self.town.code_for(walk.phone))
        expect(walk.page).to_have_url(re.compile("/2fa/authenticate/"))
        return walk.page.context.storage_state()

    def _proving(self) -> Any:
        """Somebody who has just signed in and waits for another code."""
        walk = self._walk("+966559000005")
        walk.page.goto(f"{self.town.url}/account/")
        walk.prove_phone()
        self.town.end_pause(walk.phone)
        walk.page.goto(f"{self.town.url}/account/security/prove/")
        walk.page.locator("button[value=send]").click()
        expect(walk.page.locator("input[name=code]")).to_be_visible()
        return walk.page.context.storage_state()

    def _payer(self) -> Any:
        walk = self._walk("+966559000002")
        walk.book_until_confirm(AT_ONCE, days_ahead=5, time=2)
        walk.confirm()
        walk.page.wait_for_url(re.compile(rf":{self.town.simulator_port}/"))
        self.facts["payment"] = self.town.ask(PAYMENT.format(phone=walk.phone))
        return walk.page.context.storage_state()

    def _buyer(self) -> Any:
        """Somebody who has paid a deposit to Hind's salon, and has its invoice."""
        walk = self._walk("+966559000006")
        walk.book_until_confirm(BY_HAND, days_ahead=6, time=1)
        walk.confirm()
        walk.pay()
        walk.see_ticket("requested")
        bought = self.town.ask(BOUGHT.format(phone=walk.phone))
        self.facts["paid"], self.facts["invoice"], self.facts["bought"] = bought
        return walk.page.context.storage_state()

    def _cashier(self) -> Any:
        """Hind, once there is an invoice in her books."""
        self._state("buyer")
        return self.signed_in(people.OWNER[0])

    def _declined(self) -> Any:
        walk = self._walk("+966559000003")
        walk.book_until_confirm(AT_ONCE, days_ahead=6, time=2)
        walk.confirm()
        walk.pay(MADA_NO_FUNDS)
        expect(walk.page.locator("[role=alert]").first).to_be_visible()
        self.facts["declined_payment"] = self.town.ask(PAYMENT.format(phone=walk.phone))
        return walk.page.context.storage_state()
