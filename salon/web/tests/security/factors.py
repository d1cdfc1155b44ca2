"""Where second factors are set up and asked for, and how a person of the tests does it."""

from __future__ import annotations

from allauth.mfa.models import Authenticator

from salon.web.tests.security.conftest import app_code

SECURITY = "/en/account/security/"
ROOT = "/en/accounts/2fa/"
ADD = f"{ROOT}passkeys/add/"
APP = f"{ROOT}app/"
CODES = f"{ROOT}codes/"
SIGN_IN = f"{ROOT}passkeys/sign-in/"
LAST = f"{ROOT}authenticate/"


def add(client, passkey, name="iPhone"):
    options = client.get(ADD).context["passkey_options"]
    return client.post(ADD, {"name": name, "credential": passkey.create(options)})


def set_up_app(client):
    """The app is on; returns its secret."""
    secret = client.get(APP).context["form"].secret
    answer = client.post(APP, {"code": app_code(secret)})
    assert (answer.status_code, answer["Location"]) == (302, CODES)
    return secret


def rows(person, kind="webauthn"):
    return list(Authenticator.objects.filter(user=person, type=kind))


def as_before(client, before):
    """The session as a second press found it, which had passed the gate before the first one was written."""
    session = client.session
    session.update({key: value for key, value in before.items() if key != "account_authentication_methods"})
    session.save()
