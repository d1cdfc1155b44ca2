"""Arabic at `/…`, English at `/en/…`; machines outside both."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from salon.owner import admin_bookings, admin_money  # noqa: F401 - they register their buttons before `admin.site.urls` is read
from salon.web import dev, sign_in

admin.site.site_header = admin.site.site_title = _("Administration")
# Operators prove their phone like everyone else. It must be set before `admin.site.urls` is read.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

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
    path("reauthenticate/", sign_in.reauthenticate, name="account_reauthenticate"),
]

urlpatterns = [
    path("", include("salon.api.urls")),
    *i18n_patterns(
        path("", include("salon.web.urls")),
        path("owner/", include("salon.owner.urls")),
        path("accounts/", include(accounts)),
        path("admin/", admin.site.urls),
        prefix_default_language=False,
    ),
]
if settings.DEBUG:
    urlpatterns += [
        path("dev/inbox/", dev.inbox, name="dev_inbox"),
        path("dev/kit/", dev.kit, name="dev_kit"),
    ]
