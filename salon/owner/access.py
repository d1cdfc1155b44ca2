"""The only way an office view gets a row. Another salon's row is 404, the same as one that does not exist."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from salon.accounts import second_factor
from salon.bookings.models import Booking
from salon.bookings.states import Status
from salon.core.htmx import go, is_htmx
from salon.salons.models import Membership, Role, Salon

CHOSEN = "office"
"""Session key: the salon a person with several is working in."""

DESK = frozenset({Role.OWNER, Role.MANAGER, Role.RECEPTION})
"""Who may change a booking, sees phones and takings. A stylist reads the day."""

MONEY = frozenset({Role.OWNER, Role.MANAGER})
"""Who may send money back. It wants a second factor besides (`money_step`)."""

PLACED = Q(customer__isnull=False) & (~Q(status=Status.HELD) | Q(due_now__gt=0))
"""What a guest has signed for; the condition of `bookings.domain.was_placed`. Other holds are nobody's business yet."""


@dataclass(frozen=True, slots=True)
class Office:
    """The salon being worked in, as whom, and the person's other salons."""

    salon: Salon
    role: str
    salons: list[Salon]

    @property
    def may_act(self) -> bool:
        return self.role in DESK

    @property
    def may_refund(self) -> bool:
        return self.role in MONEY

    @property
    def may_discount(self) -> bool:
        """To give money away is as much as to give it back; it wants no second factor, for nothing leaves."""
        return self.role in MONEY

    def booking(self, reference: str) -> Booking:
        """The salon's booking of that reference, with its guest. One query. Raises Http404."""
        found = (
            Booking.objects.filter(PLACED, salon=self.salon, reference=reference.upper())
            .select_related("salon", "customer")
            .first()
        )
        if found is None:
            raise Http404
        return found


View = Callable[..., HttpResponse]


def office_of(request: HttpRequest) -> Office | None:
    """The person's office: the salon chosen in this session, else the first. One query; None without any."""
    memberships = list(
        Membership.objects.filter(user=request.user)
        .select_related("salon__city", "salon__district")
        .order_by("salon__slug")
    )
    if not memberships:
        return None
    chosen = request.session.get(CHOSEN)
    current = next((each for each in memberships if each.salon_id == chosen), memberships[0])
    return Office(salon=current.salon, role=current.role, salons=[each.salon for each in memberships])


def office_view(view: View) -> View:
    """Signed in, with a salon: the view gets its `Office` as second argument. Never cached.

    A page that has been signed out elsewhere and asks for a region gets 401: a sign-in form inside it is no answer.
    """

    @login_required
    def gate(request: HttpRequest, **kwargs: str) -> HttpResponse:
        office = office_of(request)
        if office is None:
            return render(request, "owner/no_salon.html", status=403)
        return view(request, office, **kwargs)

    @never_cache
    @wraps(view)
    def door(request: HttpRequest, **kwargs: str) -> HttpResponse:
        if is_htmx(request) and not request.user.is_authenticated:
            return HttpResponse(status=401)
        return gate(request, **kwargs)

    return door


def desk_view(view: View) -> View:
    """An `office_view` for those who may act. To everybody else there is nothing here."""

    @office_view
    @wraps(view)
    def gate(request: HttpRequest, office: Office, **kwargs: str) -> HttpResponse:
        if not office.may_act:
            raise Http404
        return view(request, office, **kwargs)

    return gate


def money_step(request: HttpRequest, back: str) -> HttpResponse | None:
    """None when a passkey or an authenticator app was given in this session; else the way to it, and then to `back`.

    For those who may refund: ask `Office.may_refund` first.
    """
    return None if second_factor.is_satisfied(request) else go(request, second_factor.step_url(back, why="money"))
