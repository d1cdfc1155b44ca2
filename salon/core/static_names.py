"""Addresses of static files, worked out once a process: a page asks for dozens, and they only change with a release."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticNames(CompressedManifestStaticFilesStorage):
    """Hashed and compressed files, as WhiteNoise serves them. A name the manifest lacks still raises ValueError."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self._addresses: dict[str, str] = {}

    def url(self, name: str, force: bool = False) -> str:  # noqa: FBT001, FBT002 - Django's signature
        """As Django's, but remembered. Only names that exist are kept, so there is an end to them."""
        if force:
            return super().url(name, force=True)
        if name not in self._addresses:
            self._addresses[name] = super().url(name)
        return self._addresses[name]
