"""Who really called: the signature on Twilio's webhooks.

Twilio signs the address exactly as it called it, then each form field, sorted, with the account's auth token
(HMAC-SHA1). A JSON body is not in the signature itself: its SHA-256 stands in the address, which is signed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from urllib.parse import SplitResult, parse_qs, urlsplit

_BODY_HASH = "bodySHA256"


def valid_signature(
    *,
    url: str,
    params: Mapping[str, Sequence[str]],
    auth_token: str,
    given: str,
    body: bytes | None = None,
) -> bool:
    """Whether `given` (the header X-Twilio-Signature) is Twilio's signature of this request.

    `url` is the address Twilio called, with its query. `params` are all fields of a form, each with all its values:
    Twilio adds fields without notice, and every one is signed. A call that is not a form passes its raw `body` and no
    `params`. Proxies add and drop ports, so the address counts with and without one. Never raises.
    """
    if not auth_token or not given:  # an empty key would let anybody sign
        return False
    try:
        addresses = _addresses(urlsplit(url))
        wanted = [_signature(address, {} if body is not None else params, auth_token) for address in addresses]
        signed = any([hmac.compare_digest(one, given.encode()) for one in wanted])  # noqa: C419 - all, in equal time
        return signed and (body is None or _names_body(url, body))
    except ValueError:  # an impossible address, or half a surrogate pair
        return False


def _signature(url: str, params: Mapping[str, Sequence[str]], auth_token: str) -> bytes:
    fields = "".join(name + value for name in sorted(params) for value in sorted(set(params[name])))
    mac = hmac.new(auth_token.encode(), (url + fields).encode(), hashlib.sha1)
    return base64.b64encode(mac.digest())


def _addresses(parts: SplitResult) -> tuple[str, str]:
    """The address without a port and with one."""
    host = parts.netloc
    if parts.port is not None:
        host = host.rpartition(":")[0]
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts._replace(netloc=host).geturl(), parts._replace(netloc=f"{host}:{port}").geturl()


def _names_body(url: str, body: bytes) -> bool:
    stated = parse_qs(urlsplit(url).query).get(_BODY_HASH, [""])[0]
    return hmac.compare_digest(hashlib.sha256(body).hexdigest().encode(), stated.lower().encode())
