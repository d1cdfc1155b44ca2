"""The drawn pictures that stand in until a salon has its own: names of files in `static/img/art/`."""

from __future__ import annotations

COVERS = (
    *("interior", "interior2", "interior3", "interior4", "barber", "hair", "hammam", "makeup", "nails"),
    *("skincare", "spa"),
)
CATEGORY_ART = (*COVERS, "hero")


def cover_file(name: str) -> str:
    """The path under `static/` of a salon's cover, 640 wide; an unknown name gets the usual one, never an error."""
    return f"img/art/{name if name in COVERS else COVERS[0]}-640.webp"


def cover_file_large(name: str) -> str:
    """The same, 960 wide."""
    return cover_file(name).replace("-640.", "-960.")


def category_file(name: str) -> str:
    """The path under `static/` of a category's arch, 240 by 288."""
    return f"img/art/{name if name in CATEGORY_ART else CATEGORY_ART[0]}-cat.webp"
