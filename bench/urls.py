"""The product's addresses and, beside them, what it is measured against.

`empty`  an empty view: what Django and the middleware cost before a page does anything.
`plain`  the page an ordinary Django site would make: three indexed queries and a template loop over 60 times.
`month`  the product's own read and day strip over exactly 31 days, as other systems show a month. The product's pages
         show two weeks and read four, so this is asked nowhere else.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path
from django.utils import timezone
from django.utils.translation import get_language

from salon.bookings import queries
from salon.bookings.models import BusyTime
from salon.core import clock
from salon.salons.models import Salon, Service
from salon.urls import urlpatterns as product
from salon.web.book_words import DayCell, day_strip

CHIPS = """<div class="slots">{% for slot in slots %}<label class="slot"><input type="radio" name="start" \
value="{{ slot.value }}"{% if slot.current %} checked{% endif %}>\
<time datetime="{{ slot.iso }}">{{ slot.label }}</time></label>{% endfor %}</div>"""
SLOTS = [
    {
        "value": 480 + 15 * number,
        "iso": f"{8 + number // 4:02}:{15 * (number % 4):02}",
        "label": f"{(8 + number // 4 - 1) % 12 + 1}:{15 * (number % 4):02}",
        "current": number == 7,
    }
    for number in range(60)
]


@cache
def _chips() -> Any:
    return engines["django"].from_string(CHIPS)


def empty(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


def plain(_request: HttpRequest, slug: str) -> HttpResponse:
    salon = Salon.objects.get(slug=slug)
    services = list(Service.objects.filter(salon=salon, is_active=True))
    minute = clock.to_minute(timezone.now())
    busy = list(BusyTime.objects.filter(staff__salon=salon, start_minute__gt=minute, start_minute__lt=minute + 1440))
    return HttpResponse(_chips().render({"slots": SLOTS, "services": services, "busy": busy}))


def month(request: HttpRequest, slug: str) -> HttpResponse:
    visit = queries.load_visit(slug=slug, picks=request.GET.getlist("service"))
    now = timezone.now()
    today = clock.local_day(now, clock.zone(visit.salon.zone))
    staff = request.GET.get("staff")
    board = queries.load_board(
        salon=visit.salon,
        services=visit.services,
        staff=int(staff) if staff else None,
        first_day=today,
        days=31,
        now=now,
    )
    most = max(map(len, board.slots_by_day.values())) or 1
    cells = [
        DayCell(day, -(-3 * len(slots) // most), day not in board.open_days, current=False, name="", new_month=False)
        for day, slots in board.slots_by_day.items()
    ]
    return HttpResponse(day_strip(cells, base=request.path, language=get_language() or "ar"))


urlpatterns = [
    path("bench/empty/", empty),
    path("bench/plain/<slug:slug>/", plain),
    path("bench/month/<slug:slug>/", month),
    *product,
]
