"""Unifonic's conversations API: WhatsApp templates as JSON, numbers with their plus, keys in two headers.

The endpoint, the headers and the body component are Unifonic's own documents, which follow Meta's. The button of a
template of the authentication kind has Meta's shape here: Unifonic's page of it was not to be had, so try it in their
sandbox before going live.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from salon.messaging.base import Receipt
from salon.messaging.wire import Reply, Wire, reference

API_URL: Final = "https://apis.unifonic.com"


@dataclass(frozen=True, slots=True)
class UnifonicWhatsAppClient(Wire):
    """One WhatsApp channel of one account."""

    public_id: str = field(repr=False)
    secret: str = field(repr=False)
    api_url: str = field(default=API_URL, kw_only=True)

    def send_template(
        self, to: str, *, template: str, language: str, parameters: Sequence[str], button: str = ""
    ) -> Receipt:
        """See `WhatsAppClient`. `template` is the name of an approved template that exists in `language`."""
        return self._ask(
            "POST",
            "/v1/messages",
            _receipt,
            vendor="unifonic whatsapp",
            to=to,
            headers={"PublicId": self.public_id, "Secret": self.secret},
            json={
                "recipient": {"contact": to, "channel": "whatsapp"},
                "content": {
                    "type": "template",
                    "name": template,
                    "language": {"code": language},
                    "components": _components(parameters, button),
                },
            },
        )


def _components(parameters: Sequence[str], button: str) -> list[dict[str, Any]]:
    components: list[dict[str, Any]] = []
    if parameters:
        components.append({"type": "body", "parameters": [{"type": "text", "text": text} for text in parameters]})
    if button:
        copied = [{"type": "text", "text": button}]
        components.append({"type": "button", "sub_type": "url", "index": "0", "parameters": copied})
    return components


def _receipt(reply: Reply) -> Receipt:
    name = reference(reply.body.get("messageId"))
    if reply.accepted and name:
        return Receipt(name)
    raise reply.refusal()
