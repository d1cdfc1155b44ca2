"""Builders for tests: people, and a salon they all know. Times are Riyadh's; prices are halalas.

`rose()` is a ladies' salon in Riyadh, open daily 10:00-22:00: Noura and Reem do hair, Maya does nails.
"""

from __future__ import annotations

import datetime as dt
import itertools
import time
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from allauth.account.internal.userkit import user_id_to_str
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from allauth.mfa.utils import encrypt
from django.test import Client

from salon.accounts.models import User
from salon.salons.models import (
    Audience,
    Category,
    City,
    District,
    Membership,
    Role,
    Salon,
    SalonStatus,
    Service,
    Staff,
    StaffService,
    WeeklyHours,
)

RIYADH = ZoneInfo("Asia/Riyadh")
_numbers = itertools.count(1)


def at(day: str, clock: str) -> dt.datetime:
    """An aware UTC datetime of a wall-clock time in Riyadh, as in `at("2026-11-24", "16:30")`."""
    return dt.datetime.fromisoformat(f"{day}T{clock}:00").replace(tzinfo=RIYADH).astimezone(dt.UTC)


def person(name: str = "Lama", phone: str = "", **extra: Any) -> User:
    """A guest who has signed in before. Phones count up unless one is given."""
    return User.objects.create_user(phone or f"+96655{next(_numbers):07d}", name=name, **extra)


def city(slug: str = "riyadh", name_ar: str = "الرياض", name_en: str = "Riyadh") -> City:
    return City.objects.get_or_create(slug=slug, defaults={"name_ar": name_ar, "name_en": name_en})[0]


def category(slug: str = "hair", name_ar: str = "الشعر", name_en: str = "Hair") -> Category:
    return Category.objects.get_or_create(slug=slug, defaults={"name_ar": name_ar, "name_en": name_en, "art": "hair"})[
        0
    ]


def make_salon(slug: str = "rose", **extra: Any) -> Salon:
    place = extra.pop("city", None) or city()
    district, _ = District.objects.get_or_create(
        city=place, slug="malqa", defaults={"name_ar": "الملقا", "name_en": "Al Malqa"}
    )
    fields: dict[str, Any] = {
        "name_ar": "لمسة ورد",
        "name_en": "Touch of Rose",
        "audience": Audience.WOMEN,
        "district": district,
        "status": SalonStatus.PUBLISHED,
        "lead_minutes": 0,
    }
    return Salon.objects.create(slug=slug, city=place, **(fields | extra))


def open_daily(salon: Salon, start: str = "10:00", end_minute: int = 1320, staff: Staff | None = None) -> None:
    """The same shift on all seven days; `end_minute` may pass 1440."""
    hour, minute = map(int, start.split(":"))
    WeeklyHours.objects.bulk_create(
        WeeklyHours(salon=salon, staff=staff, weekday=day, start_minute=hour * 60 + minute, end_minute=end_minute)
        for day in range(7)
    )


def service(salon: Salon, name_en: str = "Cut and blow-dry", **extra: Any) -> Service:
    fields: dict[str, Any] = {"name_ar": "قص وتصفيف", "price": 18000, "minutes": 60, "category": category()}
    return Service.objects.create(salon=salon, name_en=name_en, **(fields | extra))


def staff(
    salon: Salon, name_en: str = "Noura", name_ar: str = "نورة", does: tuple[Service, ...] = (), **extra: Any
) -> Staff:
    member = Staff.objects.create(salon=salon, name_en=name_en, name_ar=name_ar, **extra)
    StaffService.objects.bulk_create(StaffService(staff=member, service=each) for each in does)
    return member


def rose(**extra: Any) -> SimpleNamespace:
    """The salon, its services cut / nails, its team noura / reem / maya and its owner hind."""
    salon = make_salon(**extra)
    open_daily(salon)
    cut = service(salon)
    nails = service(salon, "Gel manicure", name_ar="مانيكير جل", price=14000, minutes=45, position=1)
    owner = person("Hind")
    Membership.objects.create(user=owner, salon=salon, role=Role.OWNER)
    return SimpleNamespace(
        salon=salon,
        cut=cut,
        nails=nails,
        noura=staff(salon, "Noura", "نورة", (cut,), hue=1, position=1),
        reem=staff(salon, "Reem", "ريم", (cut, nails), hue=2, position=2),
        maya=staff(salon, "Maya", "مايا", (nails,), hue=5, position=3),
        owner=owner,
    )


def prove(client: Client, user: User, method: str = "code", **extra: Any) -> None:
    """As if `user`, signed in at `client`, had just proved the phone ("code") or a second factor ("mfa")."""
    session = client.session
    session["account_authentication_methods"] = [
        *session.get("account_authentication_methods", []),
        {"method": method, "at": time.time(), **extra},
    ]
    session["account_authentication_methods_user"] = user_id_to_str(user)
    session.save()


def with_second_factor(client: Client, user: User) -> Authenticator:
    """`user`, signed in at `client`, has an authenticator app and gave its code in this session."""
    factor, _ = Authenticator.objects.get_or_create(
        user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": encrypt(generate_totp_secret())}}
    )
    prove(client, user, "mfa", id=factor.pk, type=factor.type)
    return factor


def enter(client: Client, user: User) -> User:
    """Sign `user` in at `client` with the phone and a second factor, as operators and those who move money must."""
    client.force_login(user)
    with_second_factor(client, user)
    return user
