"""Arabic at `/…`, English at `/en/…`; machines outside both."""

from __future__ import annotations

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from salon.owner import admin_bookings, admin_data_requests, admin_findings, admin_money  # noqa: F401 - they register their buttons before `admin.site.urls` is read
from salon.payments.apple_pay import ADDRESS
from salon.web import dev, security_factors, sign_in
from salon.web.apple_pay import domain_association
from salon.web.security import security_instead
from salon.web.security_prove import prove_instead

handler400 = "salon.web.errors.bad_request"
handler403 = "salon.web.errors.forbidden"
handler404 = "salon.web.errors.not_found"
handler500 = "salon.web.errors.server_error"

# Only what sign-in by phone needs: `include("allauth.urls")` would add sign-up, e-mail and password pages.
accounts = [
    path("login/", sign_in.phone, name="account_login"),
    path("login/phone/", sign_in.phone, name="account_request_login_code"),
    path("login/code/", sign_in.code, name="account_confirm_login_code"),
    path("logout/", sign_in.logout, name="account_logout"),
    path("inactive/", sign_in.inactive, name="account_inactive"),
    path("reauthenticate/", prove_instead, name="account_reauthenticate"),
]
second_factors = [
    path("2fa/", security_instead, name="mfa_index"),
    path("2fa/authenticate/", security_factors.authenticate, name="mfa_authenticate"),
    path("2fa/reauthenticate/", prove_instead, name="mfa_reauthenticate"),
    path("2fa/app/", security_factors.activate_app, name="mfa_activate_totp"),
    path("2fa/app/remove/", security_factors.deactivate_app, name="mfa_deactivate_totp"),
    path("2fa/codes/", security_factors.recovery_codes, name="mfa_view_recovery_codes"),
    path("2fa/codes/new/", security_factors.new_recovery_codes, name="mfa_generate_recovery_codes"),
    path("2fa/passkeys/", security_instead, name="mfa_list_webauthn"),
    path("2fa/passkeys/add/", security_factors.add_passkey, name="mfa_add_webauthn"),
    path("2fa/passkeys/sign-in/", security_factors.login_passkey, name="mfa_login_webauthn"),
    path("2fa/passkeys/reauthenticate/", prove_instead, name="mfa_reauthenticate_webauthn"),
    path("2fa/passkeys/<int:pk>/", security_factors.rename_passkey, name="mfa_edit_webauthn"),
    path("2fa/passkeys/<int:pk>/remove/", security_factors.remove_passkey, name="mfa_remove_webauthn"),
    path("sessions/", security_instead, name="usersessions_list"),
]

urlpatterns = [
    path("", include("salon.api.urls")),
    path(ADDRESS, domain_association, name="apple_pay_domain"),
    *i18n_patterns(
        path("", include("salon.web.urls")),
        path("owner/", include("salon.owner.urls")),
        path("accounts/", include(accounts + second_factors)),
        path("admin/", admin.site.urls),
        prefix_default_language=False,
    ),
]
if settings.DEBUG:
    urlpatterns += [
        path("dev/inbox/", dev.inbox, name="dev_inbox"),
        path("dev/kit/", dev.kit, name="dev_kit"),
    ]
