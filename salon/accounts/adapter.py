"""How allauth signs people in by phone here: one form, no row before the right code, every code paid for."""

from __future__ import annotations

import logging
from contextlib import suppress
from ipaddress import IPv6Address
from typing import Any, Final

from allauth.account import signals
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language

from salon.accounts import channels, otp, pending
from salon.accounts.forms import PhoneField
from salon.accounts.freshness import is_fresh
from salon.accounts.models import User, new_person
from salon.core.htmx import go, is_htmx
from salon.core.text import clean_line

logger = logging.getLogger("salon.accounts.adapter")

POST_LOGIN_NEXT = "post_login_next"
"""Session key: where to go after signing in when `next` got lost on the way. Set by the booking pages."""


NOWHERE: Final = "0.0.0.0"  # noqa: S104 - nothing listens here
"""The address of a request that has none."""


class AccountAdapter(DefaultAccountAdapter):
    """allauth's hooks; the order in which it calls them is told in each."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        """Nobody signs up: a new phone and a known one use the same form."""
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:  # noqa: ARG002 - the same
        """Signing in a moment ago is proof enough; allauth would ask again at once. The gates of the pages are ours."""
        return not is_fresh(context.request, timezone.now())

    def phone_form_field(self, **kwargs: Any) -> PhoneField:
        return PhoneField(**kwargs)

    def get_login_stages(self) -> list[str]:
        """allauth's, with its code step replaced by ours."""
        ours = "salon.accounts.stages.PhoneCodeStage"
        return [ours if path.endswith(".LoginByCodeStage") else path for path in super().get_login_stages()]

    def get_client_ip(self, request: HttpRequest) -> str:
        """IPv4 in IPv6 clothes is itself again: cut to a /64 all of it would be one address.

        NOWHERE when it cannot be told (a unix socket, a request that bypassed the proxies). allauth's refuses then,
        which would end a sign-in after the right code, when its session is listed.
        """
        try:
            address = super().get_client_ip(request)
        except (PermissionDenied, ImproperlyConfigured):
            return NOWHERE
        with suppress(ValueError):  # IPv4
            return str(IPv6Address(address).ipv4_mapped or address)
        return address

    # --- phones ---

    def get_phone(self, user: User) -> tuple[str, bool]:
        """A phone on a person is always proved."""
        return str(user.phone), True

    def get_user_by_phone(self, phone: str) -> User | None:
        return User.objects.filter(phone=phone).first()

    def set_phone(self, user: User, phone: str, verified: bool) -> None:  # noqa: FBT001 - allauth's signature
        """Store a phone that was proved; an unproved one is kept in the session only, by allauth."""
        if verified:
            user.phone = phone
            user.save(update_fields=["phone"])

    def set_phone_verified(self, user: User, phone: str) -> None:
        """Called after the right code and only then: a new person gets a row now.

        A code proves a number. If the account was deleted, or its number changed, since the code was sent, it opens
        that account no more: the person is then whoever has the number now, or somebody new.
        """
        if not user._state.adding:  # noqa: SLF001 - Django's own mark of an unsaved row
            if str(user.phone) == phone:
                return
            user.__dict__.update(new_person(phone).__dict__)
        user.phone = phone
        user.set_unusable_password()
        try:
            with transaction.atomic():
                user.save(force_insert=True)
        except IntegrityError:  # another tab or phone of the same person was quicker
            user.__dict__.update(User.objects.get(phone=phone).__dict__)
        else:
            signals.user_signed_up.send(sender=User, request=context.request, user=user)

    # --- codes ---

    def generate_phone_verification_code(self, *, user: User, phone: str) -> str:  # noqa: ARG002 - allauth's signature
        """Called twice for a resend, before the old code is replaced. Raises otp.CodeRefused, which changes nothing."""
        otp.pay(context.request, phone, now=timezone.now())
        return otp.make_code()

    def send_verification_code_sms(self, user: User, phone: str, code: str, **kwargs: Any) -> None:  # noqa: ARG002 - the same
        """Send in the language of the page. A provider that fails costs the guest nothing and breaks no page."""
        request, now = context.request, timezone.now()
        chosen = channels.wished(request)
        before = pending.delivery(request) if pending.DELIVERY in request.session else None
        channel = chosen or (before.tried if before else channels.pick(channels.remembered(request, user)))
        sent = otp.send(
            phone=phone,
            code=code,
            language=(get_language() or settings.LANGUAGE_CODE)[:2],
            channel=channel,
            now=now,
        )
        picked = bool(chosen) or (before is not None and before.chosen)
        pending.record_delivery(request, channel=channel, chosen=picked, sent=sent, now=now)

    # --- after the right code ---

    def is_safe_url(self, url: str) -> bool:
        """On this host only. allauth's takes a URL apart before it is checked, and breaks on one like "http://["."""
        request = context.request
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Asked only when there is no safe `next`."""
        url = request.session.pop(POST_LOGIN_NEXT, "")
        return url if url and self.is_safe_url(url) else super().get_login_redirect_url(request)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """The session now lasts as long as a signed-in one; htmx is told to go, not to swap the next page in."""
        # It is stored with the session; a server may let through what a database does not take.
        request.META["HTTP_USER_AGENT"] = clean_line(request.META.get("HTTP_USER_AGENT", ""), 200)
        response = super().post_login(request, user, **kwargs)
        request.session.set_expiry(settings.LOGGED_IN_SESSION_AGE)
        delivered = pending.delivery(request)
        for key in (POST_LOGIN_NEXT, pending.DELIVERY):
            request.session.pop(key, None)
        location = response.headers.get("Location")
        answer = go(request, location) if location and is_htmx(request) else response
        channels.remember(answer, user, chosen=delivered.tried if delivered.chosen else "")
        return answer
