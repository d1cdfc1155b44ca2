"""Secrets of second factors at rest, and what a device is told about us."""

from __future__ import annotations

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from cryptography.fernet import InvalidToken
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.utils.translation import override

from salon.accounts.checks import check_second_factor
from salon.accounts.mfa import MfaAdapter
from salon.tests.people import person, prove


def test_it_is_the_one_in_use():
    assert isinstance(get_adapter(), MfaAdapter)


def test_a_secret_is_read_again_and_never_stored_plain():
    kept = MfaAdapter().encrypt("JBSWY3DPEHPK3PXP")
    assert "JBSWY3DPEHPK3PXP" not in kept
    assert kept != MfaAdapter().encrypt("JBSWY3DPEHPK3PXP")
    assert MfaAdapter().decrypt(kept) == "JBSWY3DPEHPK3PXP"


def test_a_new_secret_key_reads_what_the_old_one_wrote_while_it_is_a_fallback():
    kept = MfaAdapter().encrypt("seed")
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["tests-only"]):
        assert MfaAdapter().decrypt(kept) == "seed"
        newer = MfaAdapter().encrypt("seed")
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=[]):
        assert MfaAdapter().decrypt(newer) == "seed"
        with pytest.raises(InvalidToken):
            MfaAdapter().decrypt(kept)


@pytest.mark.parametrize(("language", "brand"), [("ar", "صالون"), ("en", "Salon")])
@override_settings(SITE_URL="https://salon.example:8443")
def test_a_passkey_belongs_to_the_host_of_the_site(language, brand):
    with override(language):
        assert MfaAdapter().get_public_key_credential_rp_entity() == {"id": "salon.example", "name": brand}
        assert MfaAdapter().get_totp_issuer() == brand


@pytest.mark.django_db
def test_an_app_tells_accounts_apart_by_their_number():
    lama = person("Lama", "+966551234567")
    assert MfaAdapter().get_totp_label(lama) == "+966551234567"
    named = MfaAdapter().get_public_key_credential_user_entity(lama)
    assert (named["display_name"], named["name"]) == ("Lama", "+966551234567")
    assert MfaAdapter().get_public_key_credential_user_entity(person(""))["display_name"].startswith("+966")


@pytest.mark.parametrize(("required", "found"), [(True, []), (False, ["accounts.E010"])])
def test_deploying_without_a_second_factor_is_refused(required, found):
    with override_settings(SECOND_FACTOR_REQUIRED=required):
        assert [each.id for each in check_second_factor()] == found


@pytest.mark.django_db
def test_factors_are_rewritten_before_the_old_key_is_forgotten(client):
    lama = person("Lama")
    TOTP.activate(lama, "JBSWY3DPEHPK3PXP")
    codes = RecoveryCodes.activate(lama).generate_codes()
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["tests-only"]):
        call_command("reencrypt")
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=[]):
        row = Authenticator.objects.get(user=lama, type="totp")
        assert MfaAdapter().decrypt(row.data["secret"]) == "JBSWY3DPEHPK3PXP"
        assert RecoveryCodes(Authenticator.objects.get(user=lama, type="recovery_codes")).generate_codes() == codes


@pytest.mark.django_db
def test_a_factor_whose_key_is_gone_opens_nothing_and_breaks_nothing(client, caplog):
    lama = person("Lama")
    TOTP.activate(lama, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(lama)
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=[]):
        with pytest.raises(CommandError, match="2 cannot be read"):
            call_command("reencrypt")
        client.force_login(lama)
        answer = client.post("/en/account/security/prove/", {"action": "app", "code": "123456"})
        assert answer.status_code == 422
        assert "cannot be read" in caplog.text
        assert client.get("/en/account/security/").status_code == 200
        prove(client, lama, "mfa")
        lost = client.get("/en/accounts/2fa/codes/")
        assert lost["Location"] == "/en/accounts/2fa/codes/new/"
        assert client.get(lost["Location"]).status_code == 200
        assert client.post(lost["Location"])["Location"] == "/en/accounts/2fa/codes/"
        assert len(client.get("/en/accounts/2fa/codes/").context["unused_codes"]) == 10
