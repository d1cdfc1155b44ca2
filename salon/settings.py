"""One settings file. Every choice comes from the environment; `.env.example` explains each name.

Safe by default: with `DEBUG` off nothing here serves a page until SECRET_KEY and ALLOWED_HOSTS are given.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent


class Env(environ.Env):
    """Values are themselves: `$2y$10$…` is a key of Authentica's, not the name of another variable."""

    def get_value(self, var: str, cast: Any = None, *args: Any, **kwargs: Any) -> Any:
        """As it stands if it begins with a dollar; else as environ reads it."""
        raw = self.ENVIRON.get(var, "")
        return raw if raw.startswith("$") and cast is str else super().get_value(var, cast, *args, **kwargs)


env = Env()
Env.read_env(env.str("ENV_FILE", str(BASE_DIR / ".env")))  # the environment wins over the file

# --- this installation -------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", False)
SITE_URL = env.str("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
SITE_IS_HTTPS = SITE_URL.startswith("https://")
# Empty: nothing is served and no clock ticks (core.secret_key); migrations and checks want no secret.
SECRET_KEY = env.str("SECRET_KEY", "development-only-key" if DEBUG else "")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"] if DEBUG else [urlsplit(SITE_URL).hostname or ""])
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0)
BRAND_NAME_AR = env.str("BRAND_NAME_AR", "صالون")
BRAND_NAME_EN = env.str("BRAND_NAME_EN", "Salon")
BRAND_MARK = env.str("BRAND_MARK", "brand")  # a symbol of static/img/sprite.svg

INSTALLED_APPS = [
    "salon.accounts.operators",  # before auth: its createsuperuser asks for a phone, and for no password
    "salon.accounts.admin_app.OperatorsAdmin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "phonenumber_field",
    "template_partials",
    "salon.core",
    "salon.accounts",
    "salon.salons",
    "salon.bookings",
    "salon.payments",
    "salon.notifications",
    "salon.reviews",
    "salon.jobs",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "salon.api.machines.MachineMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "salon.accounts.middleware.RateLimitedMiddleware",
]

ROOT_URLCONF = "salon.urls"
WSGI_APPLICATION = "salon.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "salon.core.context.chrome",
            ],
        },
    },
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- database ----------------------------------------------------------------------------------------
# ATOMIC_REQUESTS stays False: with IMMEDIATE it would make every page view take SQLite's one write lock.
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db("DATABASE_URL", f"sqlite:///{BASE_DIR / 'var' / 'salon.sqlite3'}"),
}
_database = DATABASES["default"]
_database["ATOMIC_REQUESTS"] = False
# Opening SQLite's file and its WAL anew costs a page as much as all it reads from it.
_database["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", 60)
_database["CONN_HEALTH_CHECKS"] = True
if "sqlite" in _database["ENGINE"]:
    Path(_database["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",  # check + insert is race-free and never dies upgrading a read lock
        "timeout": 20,  # the busy wait is unfair; 5 s starves single writers under a storm
        "init_command": f"PRAGMA journal_mode=WAL; PRAGMA synchronous={env.str('SQLITE_SYNCHRONOUS', 'FULL')};",
    }
    # A file, not memory: browser stories and race tests use several threads and processes.
    _database["TEST"] = {"NAME": str(BASE_DIR / "var" / f"{env.str('TEST_DB_NAME', 'test')}.sqlite3")}
else:
    _database.setdefault("OPTIONS", {})["options"] = "-c lock_timeout=3s -c statement_timeout=10s"
    # How often the fixed reads (bookings.hot_reads) are planned before their plan is kept; None: always anew.
    _database["OPTIONS"]["prepare_threshold"] = 3 if env.bool("PREPARED_STATEMENTS", True) else None
    if env.str("TEST_DB_NAME", ""):
        _database["TEST"] = {"NAME": env.str("TEST_DB_NAME")}

# --- cache and sessions ------------------------------------------------------------------------------
# Shared by all workers: sign-in rate limits live in it. A migration makes the table of the default.
CACHES = {"default": env.cache_url("CACHE_URL", "dbcache://cache_entries")}
if CACHES["default"]["BACKEND"].endswith("DatabaseCache"):
    # Django's 300 would be culled by a flood, and with them the pauses between two codes.
    CACHES["default"].setdefault("OPTIONS", {})["MAX_ENTRIES"] = 100_000
SESSION_ENGINE = "salon.accounts.sessions"  # rows, never signed cookies: a pending sign-in holds its code
SESSION_COOKIE_AGE = 24 * 3600  # a visitor's session; a signed-in one is lengthened at sign-in
LOGGED_IN_SESSION_AGE = 90 * 24 * 3600

# --- language, time, numbers -------------------------------------------------------------------------
LANGUAGE_CODE = "ar"
LANGUAGES = [("ar", _("Arabic")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["salon.core.formats"]  # Django's own `ar` writes 1234,50; Saudi Arabia reads 1,234.50
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Riyadh"
PHONENUMBER_DEFAULT_REGION = "SA"
PHONENUMBER_DB_FORMAT = PHONENUMBER_DEFAULT_FORMAT = "E164"

# --- static files ------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = env.str("STATIC_ROOT", str(BASE_DIR / "staticfiles"))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "salon.core.static_names.StaticNames"
        if env.bool("STATIC_MANIFEST", not DEBUG)
        else "django.contrib.staticfiles.storage.StaticFilesStorage",
    },
}

# --- security ----------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "style-src": [SELF],
        "style-src-attr": ["'unsafe-inline'"],  # custom properties place calendar blocks: style="--s:12"
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        # form-action is left out on purpose: browsers apply it to the redirect that follows a form,
        # and paying is a form that ends at the gateway's page.
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", SITE_IS_HTTPS)
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 31_536_000 if SITE_IS_HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SITE_IS_HTTPS
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SITE_IS_HTTPS
SESSION_COOKIE_NAME = "__Host-session" if SITE_IS_HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SITE_IS_HTTPS else "csrf"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True  # pages carry the token themselves
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CSRF_FAILURE_VIEW = "salon.web.errors.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 262_144

# --- people and sign-in ------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["salon.accounts.backends.PhoneBackend"]
AUTH_PASSWORD_VALIDATORS: list[dict[str, str]] = []  # people have no password: they prove a phone number
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "web:bookings"
LOGOUT_REDIRECT_URL = ACCOUNT_LOGOUT_REDIRECT_URL = "web:home"
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "dashed": False, "length": 6}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
ACCOUNT_ADAPTER = "salon.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"phone"}
ACCOUNT_SIGNUP_FIELDS = ["phone*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600  # seconds, from the first send; a resend does not lengthen it
ACCOUNT_LOGIN_TIMEOUT = 900
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = 3
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_FORMS = {
    "request_login_code": "salon.accounts.forms.RequestCodeForm",
    "confirm_login_code": "salon.accounts.forms.ConfirmCodeForm",
}
# Operators need a passkey or an authenticator app for the administration, owners and managers to send money back.
SECOND_FACTOR_REQUIRED = env.bool("SECOND_FACTOR_REQUIRED", True)
MFA_ADAPTER = "salon.accounts.mfa.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # a passkey stands for phone and second factor at once
MFA_TOTP_TOLERANCE = 1  # clocks drift; salon.accounts.factor_forms lets no code through twice
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_FORMS = {
    "authenticate": "salon.accounts.factor_forms.AuthenticateForm",
    "authenticate_webauthn": "salon.accounts.factor_forms.AuthenticatePasskeyForm",
    "login_webauthn": "salon.accounts.factor_forms.LoginPasskeyForm",
    "activate_totp": "salon.accounts.factor_forms.ActivateAppForm",
    "add_webauthn": "salon.accounts.factor_forms.AddPasskeyForm",
    "edit_webauthn": "salon.accounts.factor_forms.RenamePasskeyForm",
}
# Apps sign in at /_allauth/app/v1/ with the same forms (docs/api.md). The pages stay: HEADLESS_ONLY is off.
HEADLESS_CLIENTS = ("app",)
HEADLESS_ADAPTER = "salon.accounts.headless.HeadlessAdapter"
# Tokens of our own making, so there is no HEADLESS_JWT_PRIVATE_KEY to set: their key comes from SECRET_KEY.
HEADLESS_TOKEN_STRATEGY = "salon.accounts.app_tokens.TokenStrategy"  # noqa: S105 - a class, no secret
HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN = 300  # seconds; the session behind it is asked each time anyway
HEADLESS_JWT_REFRESH_TOKEN_EXPIRES_IN = LOGGED_IN_SESSION_AGE  # each refresh begins both anew
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}  # nothing to guess; carriers put many phones behind one address
USERSESSIONS_TRACK_ACTIVITY = False  # it would write a row with every page
OTP_PAUSE_SECONDS = 30  # between two codes for one phone
ACCOUNT_RATE_LIMITS = {  # amount/period/per; what costs money is counted in rows instead (salon.accounts.otp)
    "code_pause": f"1/{OTP_PAUSE_SECONDS}s/key",
    "verify_phone": "1/30s/key,10/h/key,30/m/ip",
    "login_failed": "5/300s/key",  # codes of an authenticator app, by person
}
OTP_PROVIDER = env.str("OTP_PROVIDER", "console")
# local: our code, the vendor delivers it. delegated: the vendor makes, sends and checks it.
OTP_MODE = env.str("OTP_MODE", "delegated" if OTP_PROVIDER == "authentica" else "local")
OTP_CHANNELS = env.list("OTP_CHANNELS", default=["sms", "whatsapp"] if DEBUG else ["sms"])
OTP_UNIFONIC_API_URL = env.str("OTP_UNIFONIC_API_URL", "https://el.cloud.unifonic.com")
OTP_UNIFONIC_APP_SID = env.str("OTP_UNIFONIC_APP_SID", "")
OTP_UNIFONIC_SENDER = env.str("OTP_UNIFONIC_SENDER", "")
OTP_UNIFONIC_WHATSAPP_API_URL = env.str("OTP_UNIFONIC_WHATSAPP_API_URL", "https://apis.unifonic.com")
OTP_UNIFONIC_WHATSAPP_PUBLIC_ID = env.str("OTP_UNIFONIC_WHATSAPP_PUBLIC_ID", "")
OTP_UNIFONIC_WHATSAPP_SECRET = env.str("OTP_UNIFONIC_WHATSAPP_SECRET", "")
OTP_UNIFONIC_WHATSAPP_TEMPLATE = env.str("OTP_UNIFONIC_WHATSAPP_TEMPLATE", "")
OTP_UNIFONIC_AUTHENTICATE_API_URL = env.str(
    "OTP_UNIFONIC_AUTHENTICATE_API_URL", "https://authenticate.cloud.api.unifonic.com/services/api/v2"
)
OTP_UNIFONIC_AUTHENTICATE_APP_ID = env.str("OTP_UNIFONIC_AUTHENTICATE_APP_ID", "")
OTP_UNIFONIC_AUTHENTICATE_TOKEN = env.str("OTP_UNIFONIC_AUTHENTICATE_TOKEN", "")
OTP_AUTHENTICA_API_URL = env.str("OTP_AUTHENTICA_API_URL", "https://api.authentica.sa/api/v2")
OTP_AUTHENTICA_API_KEY = env.str("OTP_AUTHENTICA_API_KEY", "")
OTP_AUTHENTICA_SMS_TEMPLATE_ID = env.int("OTP_AUTHENTICA_SMS_TEMPLATE_ID", 1)
OTP_AUTHENTICA_WHATSAPP_TEMPLATE_ID = env.int("OTP_AUTHENTICA_WHATSAPP_TEMPLATE_ID", 1)
OTP_TWILIO_API_URL = env.str("OTP_TWILIO_API_URL", "https://api.twilio.com")
OTP_TWILIO_ACCOUNT_SID = env.str("OTP_TWILIO_ACCOUNT_SID", "")
OTP_TWILIO_AUTH_TOKEN = env.str("OTP_TWILIO_AUTH_TOKEN", "")
OTP_TWILIO_SENDER = env.str("OTP_TWILIO_SENDER", "")
OTP_TWILIO_WHATSAPP_SENDER = env.str("OTP_TWILIO_WHATSAPP_SENDER", "")
OTP_TWILIO_WHATSAPP_CONTENT_SID_AR = env.str("OTP_TWILIO_WHATSAPP_CONTENT_SID_AR", "")
OTP_TWILIO_WHATSAPP_CONTENT_SID_EN = env.str("OTP_TWILIO_WHATSAPP_CONTENT_SID_EN", "")
OTP_TWILIO_VERIFY_API_URL = env.str("OTP_TWILIO_VERIFY_API_URL", "https://verify.twilio.com")
OTP_TWILIO_VERIFY_SERVICE_SID = env.str("OTP_TWILIO_VERIFY_SERVICE_SID", "")
OTP_CODES_PER_PHONE_HOUR = env.int("OTP_CODES_PER_PHONE_HOUR", 5)
OTP_CODES_PER_PHONE_DAY = env.int("OTP_CODES_PER_PHONE_DAY", 10)
OTP_CODES_PER_ADDRESS_HOUR = env.int("OTP_CODES_PER_ADDRESS_HOUR", 30)
OTP_CODES_PER_ADDRESS_DAY = env.int("OTP_CODES_PER_ADDRESS_DAY", 150)
OTP_CODES_PER_PREFIX_HOUR = env.int("OTP_CODES_PER_PREFIX_HOUR", 50)
OTP_CODES_PER_PREFIX_DAY = env.int("OTP_CODES_PER_PREFIX_DAY", 300)
OTP_CODES_PER_DAY = env.int("OTP_CODES_PER_DAY", 5000)
OTP_TRIES_PER_PHONE_HOUR = OTP_CODES_PER_PHONE_HOUR * ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS
OTP_COUNTRIES = env.list("OTP_COUNTRIES", default=["SA"])
# What the console providers "sent", for /dev/inbox/.
DEV_INBOX = BASE_DIR / "var" / "inbox.jsonl" if DEBUG else None

# --- booking limits ----------------------------------------------------------------------------------
HOLD_MINUTES = 10
# How often a guest may change the time of one booking; after that the salon is called.
MOVES_PER_BOOKING = env.int("MOVES_PER_BOOKING", 3)
HOLDS_PER_ADDRESS = env.int("HOLDS_PER_ADDRESS", 40)  # open at once; carriers put many phones behind one address
HOLDS_PER_PHONE = env.int("HOLDS_PER_PHONE", 3)

# --- public API --------------------------------------------------------------------------------------
# Of one address, in each worker; 0 is no limit. Carriers put many phones behind one address.
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", 1200)

# --- payments ----------------------------------------------------------------------------------------
PAYMENT_GATEWAY = env.str("PAYMENT_GATEWAY", "simulator")
# invoice: the gateway's hosted page; form: Moyasar's own form on our pay page, which alone can reserve a deposit.
MOYASAR_CHECKOUT = env.str("MOYASAR_CHECKOUT", "invoice")
# What Apple asks for at /.well-known/ before its button works: the path of the file, or its text.
MOYASAR_APPLE_PAY_DOMAIN_FILE = env.str("MOYASAR_APPLE_PAY_DOMAIN_FILE", "")
MOYASAR_METHODS = env.list(
    "MOYASAR_METHODS",
    default=["creditcard", *(["applepay"] if MOYASAR_APPLE_PAY_DOMAIN_FILE else []), "stcpay"],
)
# Where the form's two files lie, without the slash; empty: jsDelivr. Their hashes are the same anywhere.
MOYASAR_FORM_URL = env.str("MOYASAR_FORM_URL", "").rstrip("/")
# How long we count on a deposit that is only reserved: mada says 14 days today, an older page of theirs 7.
MOYASAR_HOLD_DAYS = env.int("MOYASAR_HOLD_DAYS", 7)
SIMULATOR_PORT = env.int("SIMULATOR_PORT", 8001)
MOYASAR_API_URL = env.str(
    "MOYASAR_API_URL",
    "https://api.moyasar.com/v1" if PAYMENT_GATEWAY == "moyasar" else f"http://127.0.0.1:{SIMULATOR_PORT}/v1",
)
MOYASAR_PUBLISHABLE_KEY = env.str(
    "MOYASAR_PUBLISHABLE_KEY", "" if PAYMENT_GATEWAY == "moyasar" else "pk_test_simulator"
)
MOYASAR_SECRET_KEY = env.str("MOYASAR_SECRET_KEY", "" if PAYMENT_GATEWAY == "moyasar" else "sk_test_simulator")
# Two secrets are valid while one is being replaced: separate them by a comma.
MOYASAR_WEBHOOK_SECRET = env.list(
    "MOYASAR_WEBHOOK_SECRET", default=[] if PAYMENT_GATEWAY == "moyasar" else ["simulator-webhook-secret"]
)

# --- notifications -----------------------------------------------------------------------------------
NOTIFICATION_PROVIDER = env.str("NOTIFICATION_PROVIDER", "console")
NOTIFICATION_CHANNELS = env.list("NOTIFICATION_CHANNELS", default=["sms", "whatsapp"] if DEBUG else ["sms"])
NOTIFICATION_UNIFONIC_APP_SID = env.str("NOTIFICATION_UNIFONIC_APP_SID", "")
NOTIFICATION_UNIFONIC_SENDER = env.str("NOTIFICATION_UNIFONIC_SENDER", "")
NOTIFICATION_UNIFONIC_API_URL = env.str("NOTIFICATION_UNIFONIC_API_URL", "https://el.cloud.unifonic.com")
NOTIFICATION_AUTHENTICA_API_URL = env.str("NOTIFICATION_AUTHENTICA_API_URL", "https://api.authentica.sa/api/v2")
NOTIFICATION_AUTHENTICA_API_KEY = env.str("NOTIFICATION_AUTHENTICA_API_KEY", "")
NOTIFICATION_AUTHENTICA_SENDER = env.str("NOTIFICATION_AUTHENTICA_SENDER", "")
NOTIFICATION_TWILIO_API_URL = env.str("NOTIFICATION_TWILIO_API_URL", "https://api.twilio.com")
NOTIFICATION_TWILIO_ACCOUNT_SID = env.str("NOTIFICATION_TWILIO_ACCOUNT_SID", "")
NOTIFICATION_TWILIO_AUTH_TOKEN = env.str("NOTIFICATION_TWILIO_AUTH_TOKEN", "")
NOTIFICATION_TWILIO_SENDER = env.str("NOTIFICATION_TWILIO_SENDER", "")

# --- queue -------------------------------------------------------------------------------------------
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", "")  # empty: no queue, everything is done in the request or by `tick`

# --- logging: one line an event on standard error; phones are masked where they are written -----------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    # A chair just taken, a page that is not there: answers, not faults. The proxy in front counts them.
    # A worker's pool would write whole messages, codes and all, as DEBUG.
    "loggers": {"django.request": {"level": "ERROR"}, "celery.pool": {"level": "INFO"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
}
