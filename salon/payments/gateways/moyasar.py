"""Moyasar over its documented HTTP API (https://docs.moyasar.com), with the secret key.

Nothing here knows a booking or a setting. Answers are read as if a stranger wrote them: a field of the wrong type
makes the whole answer unusable, an unknown status is never paid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

from salon.core import http
from salon.payments.gateways.base import Charge, Invoice, InvoiceStatus, NotFound, Status, Unavailable, Uncertain
from salon.payments.gateways.moyasar_answers import ID, Call, read_charge, read_invoice

MAX_PAGES = 250
"""Of 40 rows: 10,000 charges in one window. More than that is a window chosen too wide."""

FIND_PAGES = 5
"""More pages than this for one metadata value: their filter was ignored, and no answer is better than a wrong one."""

IGNORED = timedelta(days=1)
"""A row last touched this long before the window: their filter was not heard, and the list is of everything."""

WALKS = 3
"""Times a list is read from the start because it changed under the reading, before it is left for later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moyasar:
    """A `Gateway`. `api_url` ends in `/v1`; seconds as in `core.http.send`."""

    api_url: str
    secret_key: str = field(repr=False)
    timeout: tuple[float, float] = http.TIMEOUT
    deadline: float = http.DEADLINE

    def create_invoice(
        self,
        *,
        amount: int,
        currency: str,
        description: str,
        success_url: str,
        back_url: str,
        callback_url: str,
        expired_at: datetime,
        metadata: Mapping[str, str],
    ) -> Invoice:
        """See `Gateway`. The answer must repeat amount, currency and metadata, or it counts as `Uncertain`.

        So does an id that is not in the address of its own page: money paid there would never be found under it.
        """
        call = Call("create_invoice", writes=True)
        asked = {
            "amount": amount,
            "currency": currency,
            "description": description,
            "success_url": success_url,
            "back_url": back_url,
            "callback_url": callback_url,
            "expired_at": _stamp(expired_at),
            "metadata": dict(metadata),
        }
        invoice = read_invoice(call, self._ask(call, "POST", "/invoices", json=asked))
        if (invoice.amount, invoice.currency, dict(invoice.metadata)) != (amount, currency, dict(metadata)):
            call.unusable("mismatch")
        if invoice.id not in urlsplit(invoice.url).path.split("/"):
            call.unusable("wrong_id")
        return invoice

    def fetch_invoice(self, invoice_id: str) -> Invoice:
        """See `Gateway`."""
        call = Call("fetch_invoice", writes=False)
        return read_invoice(call, self._ask(call, "GET", f"/invoices/{_safe(invoice_id)}"), expected=invoice_id)

    def find_invoice(self, *, key: str, value: str) -> Invoice | None:
        """See `Gateway`. Their filter is not trusted: each row's own metadata is looked at."""
        call = Call("find_invoice", writes=False)
        pages = self._pages(call, "invoices", {f"metadata[{key}]": value}, limit=FIND_PAGES)
        invoices = (read_invoice(call, row) for rows, _ in pages for row in rows)
        found = {invoice.id: invoice for invoice in invoices if invoice.metadata.get(key) == value}
        if len(found) > 1:
            raise Uncertain("ambiguous", vendor_message=f"{len(found)} invoices carry the same {key}")
        return next(iter(found.values()), None)

    def cancel_invoice(self, invoice_id: str) -> Invoice:
        """See `Gateway`."""
        call = Call("cancel_invoice", writes=True)
        answer = self._ask(call, "PUT", f"/invoices/{_safe(invoice_id)}/cancel")
        invoice = read_invoice(call, answer, expected=invoice_id)
        if invoice.status is not InvoiceStatus.CANCELED:
            call.unusable("mismatch")
        return invoice

    def page_url(self, invoice: Invoice, *, language: str) -> str:
        """See `Gateway`. Their `url` comes with a language of their choosing."""
        parts = urlsplit(invoice.url)
        query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "lang"]
        return parts._replace(query=urlencode([*query, ("lang", language)])).geturl()

    def fetch(self, charge_id: str) -> Charge:
        """See `Gateway`."""
        call = Call("fetch", writes=False)
        return read_charge(call, self._ask(call, "GET", f"/payments/{_safe(charge_id)}"), expected=charge_id)

    def find_charge(self, given_id: UUID) -> Charge | None:
        """See `Gateway`. Our id went along as `given_id`, and theirs is the same."""
        try:
            return self.fetch(str(given_id))
        except NotFound:
            return None

    def find_charges(self, *, created_after: datetime, created_before: datetime) -> list[Charge]:
        """See `Gateway`. A list that changes while its pages are read is read again: no row is lost or told twice."""
        rows = self._between(Call("find_charges", writes=False), "created", created_after, created_before)
        return [row for row in rows if not row.created_at or created_after < row.created_at < created_before]

    def find_changed(self, *, updated_after: datetime, updated_before: datetime) -> list[Charge]:
        """See `Gateway`. A filter that they ignored would tell every charge there ever was: that ends at one page."""
        rows = self._between(Call("find_changed", writes=False), "updated", updated_after, updated_before)
        return [row for row in rows if not row.updated_at or updated_after < row.updated_at < updated_before]

    def _between(self, call: Call, what: str, after: datetime, before: datetime) -> list[Charge]:
        """Their filter is asked in whole seconds, a little wider than wanted: the rest is the caller's."""
        a_second = timedelta(seconds=1, microseconds=-1)
        window = {f"{what}[gt]": _stamp(after), f"{what}[lt]": _stamp(before + a_second)}
        found: dict[str, Charge] = {}
        for _ in range(WALKS):
            seen, total = self._walk(call, window, touched_after=after - IGNORED if what == "updated" else None)
            found |= seen
            if len(seen) >= total:
                break
        else:
            call.unusable("moving")
        return sorted(found.values(), key=lambda row: row.created_at or before, reverse=True)

    def _walk(
        self, call: Call, window: Mapping[str, str], *, touched_after: datetime | None
    ) -> tuple[dict[str, Charge], int]:
        """Every page once: its rows by id, and how many there were to be when the reading began."""
        seen: dict[str, Charge] = {}
        begun_with: int | None = None
        for rows, total in self._pages(call, "payments", window, limit=MAX_PAGES):
            begun_with = total if begun_with is None else begun_with
            page = [read_charge(call, row) for row in rows]
            if touched_after and any(row.updated_at and row.updated_at < touched_after for row in page):
                call.unusable("filter")
            seen |= {charge.id: charge for charge in page}
        return seen, begun_with or 0

    def capture(self, charge_id: str, amount: int) -> Charge:
        """See `Gateway`. mada releases a hold after 14 days (an older page of theirs says 7)."""
        call = Call("capture", writes=True)
        charge = self._change(call, charge_id, {"amount": amount})
        if (charge.status, charge.captured) != (Status.CAPTURED, amount):
            call.unusable("mismatch")
        return charge

    def void(self, charge_id: str) -> Charge:
        """See `Gateway`."""
        call = Call("void", writes=True)
        charge = self._change(call, charge_id)
        if charge.status is not Status.VOIDED:
            call.unusable("mismatch")
        return charge

    def refund(self, charge_id: str, amount: int) -> Charge:
        """See `Gateway`. The amount is always sent: without one Moyasar gives everything back.

        Their total after it is compared, not the status: what a part of it makes of that is not documented.
        """
        call = Call("refund", writes=True)
        charge = self._change(call, charge_id, {"amount": amount})
        if not amount <= charge.refunded <= charge.amount:
            call.unusable("mismatch")
        return charge

    def _change(self, call: Call, charge_id: str, body: Mapping[str, int] | None = None) -> Charge:
        answer = self._ask(call, "POST", f"/payments/{_safe(charge_id)}/{call.name}", json=body)
        return read_charge(call, answer, expected=charge_id)

    def _pages(
        self, call: Call, kind: str, params: Mapping[str, str], *, limit: int
    ) -> Iterator[tuple[list[object], int]]:
        """The rows of each page, and how many their list says there are in all."""
        page = 1
        while True:
            answer = self._ask(call, "GET", f"/{kind}", params={**params, "page": str(page)})
            rows, meta = answer.get(kind), answer.get("meta")
            if not isinstance(rows, list) or not isinstance(meta, dict):
                call.unusable("shape")
            total, following = meta.get("total_count"), meta.get("next_page")
            if type(total) is not int or total < 0:
                call.unusable("shape")
            yield rows, total
            if following is None:
                return
            if type(following) is not int or following != page + 1 or following > limit:
                call.unusable("paging")
            page = following

    def _ask(
        self,
        call: Call,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        try:
            answer = http.send(
                method,
                self.api_url.rstrip("/") + path,
                auth=(self.secret_key, ""),
                params=params,
                json=json,
                timeout=self.timeout,
                deadline=self.deadline,
            )
        except http.HttpError as error:
            if error.sent:
                call.unusable(error.kind)
            raise Unavailable(error.kind) from error
        return call.judge(answer)


def _safe(identifier: str) -> str:
    """An id that came from a browser may hold a path or a query: then nothing can be under it."""
    if not ID.fullmatch(identifier):
        raise NotFound("bad_id")
    return identifier


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
