"""Secrets of second factors at rest, and what a device is told about us."""

from __future__ import annotations

import pytest
from allauth.mfa.adapter import get_adapter
from cryptography.fernet import InvalidToken
from django.test import override_settings
from django.utils.translation import override

from salon.accounts.checks import check_second_factor
from salon.accounts.mfa import MfaAdapter
from salon.tests.people import person


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
