"""Digits people type on Arabic and Persian keyboards."""

from __future__ import annotations

_FOLD = {
    **{0x0660 + n: str(n) for n in range(10)},  # ٠-٩ Arabic-Indic
    **{0x06F0 + n: str(n) for n in range(10)},  # ۰-۹ Persian and Urdu
    0x066B: ".",  # ٫ decimal separator
    0x066C: ",",  # ٬ thousands separator
}


def to_ascii_digits(text: str) -> str:
    """`text` with ٠-٩ and ۰-۹ as 0-9, ٫ as "." and ٬ as ",".

    `int()` and the regular expression class for digits accept the Arabic forms, so fold before anything is
    compared, counted or stored: two spellings of one number must not become two customers.
    """
    return text.translate(_FOLD)
