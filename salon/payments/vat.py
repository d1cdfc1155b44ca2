"""The tax inside a price. Pure; every amount is whole halalas and tax-inclusive unless it says otherwise.

A total P holds P x 15 / 115 of tax, rounded half up to the halala; what is left is net. Parts of a total are rounded
by where they end, not each for itself, so that their sum is the total's own tax to the halala.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from salon.core.money import VAT_PERCENT, Halalas, vat_inside


@dataclass(frozen=True, slots=True)
class Split:
    """A tax-inclusive amount and what it is made of: `net` + `vat` == `gross`."""

    gross: Halalas
    vat: Halalas

    @property
    def net(self) -> Halalas:
        return self.gross - self.vat


def part_of(before: Halalas, gross: Halalas, *, rate_percent: int = VAT_PERCENT) -> Split:
    """The next `gross` of a total of which `before` is already split: lines of an invoice, or refunds of one payment.

    However a total is cut, the parts' tax adds up to the tax of the whole. Rate 0: no tax at all.
    """
    if before < 0 or gross < 0:
        raise ValueError("Only amounts from zero up are split.")
    return Split(gross, vat_inside(before + gross, rate_percent) - vat_inside(before, rate_percent))


def split(gross: Halalas, *, rate_percent: int = VAT_PERCENT) -> Split:
    """One amount by itself."""
    return part_of(0, gross, rate_percent=rate_percent)


def split_lines(grosses: Sequence[Halalas], *, rate_percent: int = VAT_PERCENT) -> list[Split]:
    """Lines whose tax and net sum to those of their total; no line is more than a halala off its own rounding."""
    lines, before = [], 0
    for gross in grosses:
        lines.append(part_of(before, gross, rate_percent=rate_percent))
        before += gross
    return lines


def share(total: Halalas, weights: Sequence[int]) -> list[Halalas]:
    """`total` in proportion to `weights`, to the halala: what a part payment pays of each service.

    Each part ends where its exact share would, rounded down, so that the parts sum to `total`. Weights that are all
    zero count as equal. Raises ValueError for no weights, or a negative one.
    """
    if not weights or min(weights) < 0 or total < 0:
        raise ValueError("A share wants an amount and weights from zero up.")
    if not any(weights):
        weights = [1] * len(weights)
    whole, parts, weight, before = sum(weights), [], 0, 0
    for each in weights:
        weight += each
        end = total * weight // whole
        parts.append(end - before)
        before = end
    return parts
