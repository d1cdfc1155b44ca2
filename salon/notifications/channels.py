"""By which way a letter goes: what the site offers and its provider can carry, and what the recipient chose.

WhatsApp opens a conversation only with a template that was approved beforehand. Letters have none yet, so the only
wire that takes them is the console's; `checks` refuses the channel to any other provider, and here it is not offered.
"""

from __future__ import annotations

from typing import Final

from django.conf import settings

from salon.accounts.models import Channel, User
from salon.messaging.base import Receipt
from salon.messaging.console import ConsoleWhatsAppClient
from salon.notifications import providers

WHATSAPP_CARRIERS: Final = frozenset({providers.CONSOLE})


def offered() -> tuple[str, ...]:
    """The ways of NOTIFICATION_CHANNELS that letters can take, in their order, the default first. Never empty."""
    carried = {Channel.SMS.value}
    if settings.NOTIFICATION_PROVIDER in WHATSAPP_CARRIERS:
        carried.add(Channel.WHATSAPP.value)
    return tuple(dict.fromkeys(name for name in settings.NOTIFICATION_CHANNELS if name in carried)) or (
        Channel.SMS.value,
    )


def channel_for(person: User) -> str:
    """What this person chose if it is offered, else the site's first."""
    ways = offered()
    return person.letter_channel if person.letter_channel in ways else ways[0]


def send(channel: str, *, to: str, text: str, letter: str, language: str) -> Receipt:
    """Send one letter to the E.164 number `to`, once. Raises WireError, ImproperlyConfigured."""
    if channel == Channel.WHATSAPP:
        wire = ConsoleWhatsAppClient(settings.DEV_INBOX)
        return wire.send_template(to, template=letter, language=language, parameters=[text])
    return providers.provider().send(to, text)
