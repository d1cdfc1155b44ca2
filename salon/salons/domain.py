"""What is kept in step with a salon when it changes."""

from __future__ import annotations

from salon.core.text import fold_arabic
from salon.salons.models import Audience, Salon

AUDIENCE_WORDS = {
    Audience.WOMEN: "نسائي نساء للسيدات ladies women",
    Audience.MEN: "رجالي رجال حلاق gents men barber",
    Audience.BOTH: "نسائي رجالي نساء رجال women men",
    Audience.KIDS: "أطفال للأطفال kids children",
}


def search_text_of(salon: Salon) -> str:
    """Everything a guest may call this salon by, folded: names, place, services and their kinds, for whom.

    Districts stand with and without «حي»: people type both.
    """
    words = [
        salon.name_ar,
        salon.name_en,
        salon.city.name_ar,
        salon.city.name_en,
        AUDIENCE_WORDS[Audience(salon.audience)],
    ]
    if salon.district:
        words += [salon.district.name_ar, f"حي {salon.district.name_ar}", salon.district.name_en]
    for service in salon.services.filter(is_active=True).select_related("category").order_by("position", "pk"):
        words += [service.name_ar, service.name_en, service.category.name_ar, service.category.name_en]
    # `fold_arabic` drops the article; the spelling with it stays findable, and so does a name that begins with it.
    folded = [fold_arabic(word) for word in words]
    return "\n".join(dict.fromkeys(word for word in folded if word))


def refresh_search_text(salon: Salon) -> None:
    """Store `search_text_of(salon)`. Call it after the salon, its place or its services changed."""
    text = search_text_of(salon)
    if text != salon.search_text:
        salon.search_text = text
        salon.save(update_fields=["search_text"])
