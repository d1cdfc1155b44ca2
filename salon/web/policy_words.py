"""The promise about money in plain sentences, the same wherever a guest reads it.

`for_visit` speaks of one visit, by its snapshot and with the exact deadline in the salon's zone; `for_salon` of a salon
before any visit. Rules are in `bookings.policy`; nothing here decides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from django.utils.translation import gettext, ngettext

from salon.bookings import holding, policy
from salon.bookings.models import Booking
from salon.core import clock
from salon.core.templatetags import salon as words
from salon.salons.models import Kept, Prepayment, Salon, Service


class Told(NamedTuple):
    """A heading and whole sentences. `free` says that cancelling costs nothing at this moment."""

    title: str
    sentences: list[str]
    free: bool

    @property
    def text(self) -> str:
        return " ".join(self.sentences)


def for_visit(booking: Booking, *, now: dt.datetime, paid: int | None = None, reserved: int = 0) -> Told:
    """What cancelling, staying away and coming late mean for this visit.

    `paid` is what there is in halalas, `reserved` of it only on the card; None before paying: then it speaks of what
    will be paid or reserved.
    """
    terms = policy.read(booking.policy)
    until = policy.free_until(terms, booking.starts_at)
    free = until >= now
    money = (paid is None and terms["prepayment"] != Prepayment.NONE) or bool(paid)
    told = [_deadline(until, booking.salon.zone)] if free else []
    if not free and not money:
        told.append(gettext("If plans change, please cancel as early as possible."))
    held = reserved if paid is not None else (terms["deposit"] or 0) if terms["prepayment"] == Prepayment.HOLD else 0
    only_held = bool(held) and paid in (None, held)
    if only_held:
        told += _held(terms, held, ahead=paid is None, free=free)
    if money:
        told += [] if only_held else [_late(terms, paid, free=free)]
        if held and not only_held:
            told.append(gettext("%(amount)s of it is only reserved on the card.") % {"amount": words.money_text(held)})
        if (terms["late"], terms["no_show"]) == (Kept.DEPOSIT, Kept.ALL) and not only_held:
            told.append(gettext("When the guest does not come, all of it is kept."))
        if terms["no_show_credit"]:
            told.append(_credit())
    if terms["bound"] and paid:
        told.append(
            gettext("%(amount)s of it stays with the salon in any case: the appointment was moved after its deadline.")
            % {"amount": words.money_text(min(paid, terms["bound"]))}
        )
    told += _grace(terms["grace_minutes"])
    return Told(gettext("Free cancellation") if free else gettext("Cancellation"), told, free)


def for_salon(salon: Salon, services: Iterable[Service] = ()) -> list[str]:
    """What a booking here usually promises and asks. Services with terms of their own are said to have them."""
    usual = policy.usual(salon, can_hold=holding.offered())
    told = [_free_before(usual.free_minutes)]
    after = {
        Kept.DEPOSIT: gettext("After that the deposit is not returned. If the salon cancels, all of it is returned."),
        Kept.ALL: gettext("After that the amount is not returned. If the salon cancels, all of it is returned."),
    }
    if usual.prepayment == Prepayment.NONE:
        told.append(gettext("Nothing is paid in advance; payment is at the salon."))
    elif usual.prepayment == Prepayment.FULL:
        told += [gettext("The whole price is paid when booking."), after[Kept.ALL]]
    elif usual.prepayment == Prepayment.HOLD:
        told += _holds(usual)
    else:
        told += [_deposit(usual), after[Kept(policy.promise(salon, 100_00)["late"])]]
    if usual.prepayment != Prepayment.NONE and salon.no_show_credit:
        told.append(_credit())
    told += _grace(policy.promise(salon, 100_00)["grace_minutes"])
    if any(_own(service) for service in services):
        told.append(gettext("Some services have terms of their own. They are shown before booking."))
    if salon.manual_approval:
        told.append(gettext("The salon confirms each booking itself; the answer arrives by message."))
    return told


def way_name(terms: policy.Terms, way: policy.Choice) -> str:
    """A way to pay as the confirm page names it."""
    if way != "deposit":
        return gettext("Full amount")
    percent = policy.read(terms)["deposit_percent"]
    return gettext("%(percent)s%% deposit") % {"percent": percent} if percent else gettext("Deposit")


def asked(terms: policy.Terms) -> str:
    """Why something is paid now, where there is no choice."""
    if terms["prepayment"] == Prepayment.HOLD:
        return gettext("The deposit is only reserved on the card now and is taken at the visit.")
    return gettext("This salon asks for the whole price in advance.")


def _deadline(until: dt.datetime, zone: str) -> str:
    local = clock.zone(zone)
    day, time = words.day_long(until, local), words.clock_time(until, local)
    return gettext("Until %(day)s, %(time)s.") % {"day": day, "time": time}


def _late(terms: policy.Terms, paid: int | None, *, free: bool) -> str:
    """What is kept after the deadline. With a share that stays and money beyond it, the share is named."""
    deposit = (terms["deposit"] or 0) if paid is None else policy.kept_late(terms, paid=paid)
    part = terms["late"] == Kept.DEPOSIT and terms["prepayment"] != Prepayment.FULL
    if part and (paid is None or paid > deposit):
        amount = {"amount": words.money_text(deposit)}
        if free:
            return gettext("After that, the deposit of %(amount)s is kept; what is paid above it goes back.") % amount
        return gettext("Cancelling now keeps the deposit of %(amount)s; what is paid above it goes back.") % amount
    if paid is None:
        if free:
            return gettext("After that, what is paid now is kept.")
        return gettext("What is paid now is not given back when the guest cancels.")
    if free:
        return gettext("After that, what was paid is kept.")
    return gettext("The time of free cancellation has passed: what was paid is kept.")


def _held(terms: policy.Terms, held: int, *, ahead: bool, free: bool) -> list[str]:
    """What becomes of money that is only reserved: let go when the visit is called off in time, else taken."""
    taken = policy.kept_late(terms, paid=held)
    if free and taken < held:
        said = gettext("When cancelled by then, %(amount)s is released; after that, %(taken)s of it is taken.")
    elif free:
        said = gettext("When cancelled by then, the reserved %(amount)s is released; after that it is taken.")
    elif ahead:
        said = gettext("Of the reserved money, %(taken)s is taken also when the guest cancels.")
    elif taken < held:
        said = gettext("Cancelling now takes %(taken)s of the reserved %(amount)s and releases the rest.")
    else:
        said = gettext("Cancelling now takes the reserved %(amount)s.")
    told = [said % {"amount": words.money_text(held), "taken": words.money_text(taken)}]
    return told if ahead else [*told, gettext("Otherwise it is taken at the visit.")]


def _holds(usual: policy.Usual) -> list[str]:
    """A salon whose deposits are reserved. A bank keeps a reservation for days, so of a far visit they are paid."""
    if usual.deposit_amount:
        first = gettext("A deposit of %(amount)s is reserved on the card when booking and taken at the visit.") % {
            "amount": words.money_text(usual.deposit_amount)
        }
    else:
        first = gettext("A deposit of %(percent)s%% is reserved on the card when booking and taken at the visit.") % {
            "percent": usual.deposit_percent
        }
    days = holding.longest().days
    return [
        first,
        gettext("Cancelled in time or by the salon, it is released; later it is taken."),
        ngettext(
            "For a visit more than %(count)s day ahead it is paid when booking.",
            "For a visit more than %(count)s days ahead it is paid when booking.",
            days,
        )
        % {"count": days},
    ]


def _credit() -> str:
    return gettext("When the guest does not come, what is kept becomes credit for a later visit to this salon.")


def _grace(minutes: int) -> list[str]:
    if not minutes:
        return []
    return [
        ngettext(
            "The salon waits %(count)s minute for a late guest.",
            "The salon waits %(count)s minutes for a late guest.",
            minutes,
        )
        % {"count": minutes}
    ]


def _free_before(minutes: int) -> str:
    if not minutes:
        return gettext("Cancelling is free until the start of the appointment.")
    days, rest = divmod(minutes, clock.DAY_MINUTES)
    if not rest and days > 2:
        return ngettext(
            "Cancelling is free until %(count)s day before the appointment.",
            "Cancelling is free until %(count)s days before the appointment.",
            days,
        ) % {"count": days}
    hours, rest = divmod(minutes, 60)
    if not rest:
        return ngettext(
            "Cancelling is free until %(count)s hour before the appointment.",
            "Cancelling is free until %(count)s hours before the appointment.",
            hours,
        ) % {"count": hours}
    return gettext("Cancelling is free until %(length)s before the appointment.") % {
        "length": words.minutes_text(minutes)
    }


def _deposit(usual: policy.Usual) -> str:
    if usual.deposit_amount:
        return gettext("A deposit of %(amount)s confirms the appointment; the rest is paid at the salon.") % {
            "amount": words.money_text(usual.deposit_amount)
        }
    return gettext("A deposit of %(percent)s%% confirms the appointment; the rest is paid at the salon.") % {
        "percent": usual.deposit_percent
    }


def _own(service: Service) -> bool:
    named = service.prepayment or service.deposit_percent or service.deposit_amount
    return bool(named) or service.free_minutes is not None
