"""Arabic at `/…`, English at `/en/…`; machines outside both."""

from __future__ import annotations

from allauth.account import views as allauth_views
from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from salon.web import dev

# Operators prove their phone like everyone else. It must be set before `admin.site.urls` is read.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

# Only what sign-in by phone needs: `include("allauth.urls")` would add sign-up, e-mail and password pages.
accounts = [
    path("login/", allauth_views.request_login_code, name="account_login"),
    path("login/phone/", allauth_views.request_login_code, name="account_request_login_code"),
    path("login/code/", allauth_views.confirm_login_code, name="account_confirm_login_code"),
    path("logout/", allauth_views.logout, name="account_logout"),
    path("inactive/", allauth_views.account_inactive, name="account_inactive"),
    path("reauthenticate/", allauth_views.reauthenticate, name="account_reauthenticate"),
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
