"""The way to the door."""

from __future__ import annotations

from django.utils.http import urlencode

from salon.core.templatetags import salon as words
from salon.salons.models import Salon


def directions_url(salon: Salon) -> str:
    """The map with the way to the door: by coordinates, or by name and address; "" for a salon with neither."""
    if salon.latitude is not None and salon.longitude is not None:
        place = f"{salon.latitude},{salon.longitude}"
    elif address := words.loc(salon, "address"):
        place = ", ".join([words.loc(salon, "name"), address, salon.city.name_en])
    else:
        return ""
    return f"https://www.google.com/maps/dir/?{urlencode({'api': 1, 'destination': place})}"
