"""All settings, in fixed sections. The environment differs between installations; this file does not."""

from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

import patportal
from patportal.env import Environment
from patportal.lib.networks import is_loopback
from patportal.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = patportal.__version__
env = Environment()

# --- The portal itself ---------------------------------------------------------------------------
DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.secret("SECRET_KEY", minimum_length=50)
SECRET_KEY_FALLBACKS = env.names_list("SECRET_KEY_FALLBACKS", "")
PORTAL_BASE_URL = env.origin("PORTAL_BASE_URL")
if DEBUG and not is_loopback(urlsplit(PORTAL_BASE_URL).hostname or ""):
    raise ImproperlyConfigured("DEBUG shows what is in memory; it is accepted for this machine alone.")
IS_HTTPS = PORTAL_BASE_URL.startswith("https://")
ALLOWED_HOSTS = env.names_list("ALLOWED_HOSTS", urlsplit(PORTAL_BASE_URL).hostname)
ROOT_URLCONF = "patportal.urls"
WSGI_APPLICATION = "patportal.wsgi.application"
INSTALLED_APPS = [
    # Before django.contrib.auth, whose commands that set passwords it replaces by ones that refuse.
    "accounts",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "csp",
    # Before procrastinate, whose command it replaces by one that is recorded.
    "tokens",
    "procrastinate.contrib.django",
    "patportal",
]
MIDDLEWARE = [
    "patportal.health.HealthMiddleware",
    "patportal.middleware.RequestIdMiddleware",
    "patportal.middleware.ResponseHeadersMiddleware",
    "patportal.middleware.CompressionMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "patportal.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SessionLimitMiddleware",
    "tokens.middleware.TimeZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": {"heroicons": "patportal.templatetags.icons"},
        },
    }
]

# --- Database ------------------------------------------------------------------------------------
DATABASES = {"default": env.database("DATABASE_URL")}
DATABASES["default"].update(CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=True, ATOMIC_REQUESTS=False)
DATABASE_OWNER = env.database("DATABASE_OWNER_URL", env.text("DATABASE_URL"))
if DATABASE_OWNER["NAME"] != DATABASES["default"]["NAME"]:
    raise ImproperlyConfigured("DATABASE_OWNER_URL must name the same database as DATABASE_URL.")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Sign-in with Microsoft Entra ----------------------------------------------------------------
ALLOW_OTHER_HOSTS = env.flag("ALLOW_OTHER_HOSTS", default=False)
_ENTRA_HOSTS = {
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
}
ENTRA_AUTHORITY = env.authority("ENTRA_AUTHORITY", hosts=None if ALLOW_OTHER_HOSTS else _ENTRA_HOSTS)
ENTRA_CLIENT_ID = env.text("ENTRA_CLIENT_ID")
# What the portal proves itself with: one credential, or two while one replaces the other, used in this order.
ENTRA_MANAGED_IDENTITY_CLIENT_ID = env.guid("ENTRA_MANAGED_IDENTITY_CLIENT_ID")
ENTRA_CLIENT_ASSERTION_FILE = env.optional("ENTRA_CLIENT_ASSERTION_FILE")
ENTRA_CLIENT_CERTIFICATE = env.optional("ENTRA_CLIENT_CERTIFICATE")
ENTRA_CLIENT_CERTIFICATE_PASSWORD = env.optional("ENTRA_CLIENT_CERTIFICATE_PASSWORD")
ENTRA_CLIENT_CERTIFICATE_FALLBACK = env.optional("ENTRA_CLIENT_CERTIFICATE_FALLBACK")
ENTRA_CLIENT_CERTIFICATE_FALLBACK_PASSWORD = env.optional("ENTRA_CLIENT_CERTIFICATE_FALLBACK_PASSWORD")
ENTRA_CLIENT_SECRET = env.optional("ENTRA_CLIENT_SECRET")
ENTRA_CLIENT_SECRET_FALLBACK = env.optional("ENTRA_CLIENT_SECRET_FALLBACK")
ENTRA_CLIENT_SECRET_EXPIRES_ON = env.day("ENTRA_CLIENT_SECRET_EXPIRES_ON")
_CREDENTIALS = {
    "ENTRA_MANAGED_IDENTITY_CLIENT_ID": ENTRA_MANAGED_IDENTITY_CLIENT_ID,
    "ENTRA_CLIENT_ASSERTION_FILE": ENTRA_CLIENT_ASSERTION_FILE,
    "ENTRA_CLIENT_CERTIFICATE": ENTRA_CLIENT_CERTIFICATE,
    "ENTRA_CLIENT_CERTIFICATE_FALLBACK": ENTRA_CLIENT_CERTIFICATE_FALLBACK,
    "ENTRA_CLIENT_SECRET": ENTRA_CLIENT_SECRET,
    "ENTRA_CLIENT_SECRET_FALLBACK": ENTRA_CLIENT_SECRET_FALLBACK,
}
if not any(_CREDENTIALS.values()):
    raise ImproperlyConfigured(
        f"Nothing to prove the portal with to Entra: set one of {', '.join(_CREDENTIALS)}."
    )
if sum(map(bool, _CREDENTIALS.values())) > 2:
    raise ImproperlyConfigured(
        "At most two credentials may be set at once, the new one and the one that it replaces. Set are "
        f"{', '.join(name for name, value in _CREDENTIALS.items() if value)}."
    )
ENTRA_CA_BUNDLE = env.ca_bundle("ENTRA_CA_BUNDLE")
ENTRA_SCOPES = env.scopes("ENTRA_SCOPES", "499b84ac-1321-427f-aa17-267ca6975798/.default")
ENTRA_ADDITIONAL_TENANTS = env.tenants("ENTRA_ADDITIONAL_TENANTS")
SIGN_IN_REQUIRES_ROLE = env.flag("SIGN_IN_REQUIRES_ROLE", default=False)
GRANT_KEYS = env.keys("GRANT_KEYS")
# `full`: the portal renews people's access while they are away. `off`: it asks for nothing that would let it.
BACKGROUND_ACCESS = env.choice("BACKGROUND_ACCESS", "full", choices=["full", "off"])
GRANT_MAX_DAYS = env.integer("GRANT_MAX_DAYS", default=30, minimum=1, maximum=90)
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.EntraBackend"]
LOGIN_URL = "sign_in"
# What every page reads of whoever asks for it, fetched along with them.
SIGNED_IN_WITH = ["reminder_settings"]

# --- Azure DevOps --------------------------------------------------------------------------------
_AZURE_DEVOPS_HOSTS = None if ALLOW_OTHER_HOSTS else {"dev.azure.com", "vssps.dev.azure.com"}
AZURE_DEVOPS_ORGANIZATIONS = env.organizations("AZURE_DEVOPS_ORGANIZATIONS")
# Microsoft ends every PAT for all organizations at the beginning of this day (UTC).
GLOBAL_PATS_STOP_ON = env.day("GLOBAL_PATS_STOP_ON") or date(2026, 12, 1)
AZURE_DEVOPS_VSSPS_URL = env.https_url(
    "AZURE_DEVOPS_VSSPS_URL", "https://vssps.dev.azure.com", hosts=_AZURE_DEVOPS_HOSTS
)
AZURE_DEVOPS_URL = env.https_url("AZURE_DEVOPS_URL", "https://dev.azure.com", hosts=_AZURE_DEVOPS_HOSTS)
AZURE_DEVOPS_CA_BUNDLE = env.ca_bundle("AZURE_DEVOPS_CA_BUNDLE")
AZURE_DEVOPS_API_VERSION = env.choice(
    "AZURE_DEVOPS_API_VERSION",
    "7.1-preview.1",
    choices=[f"{one}-preview{end}" for one in ("6.1", "7.0", "7.1", "7.2") for end in ("", ".1")],
)
# Half of the threads in gunicorn.conf.py, so that slow remote calls never take all of them.
REMOTE_CALLS_PER_PROCESS = 4

# --- Network -------------------------------------------------------------------------------------
OUTBOUND_PROXY = env.proxy("OUTBOUND_PROXY")
TRUSTED_PROXY_HOPS = env.integer("TRUSTED_PROXY_HOPS", default=0, minimum=0, maximum=10)

# --- Sessions, cookies, CSRF ---------------------------------------------------------------------
SESSION_IDLE_SECONDS = env.integer("SESSION_IDLE_SECONDS", default=3600, minimum=60, maximum=86_400)
SESSION_MAX_SECONDS = env.integer("SESSION_MAX_SECONDS", default=28_800, minimum=300, maximum=86_400)
SESSION_COOKIE_AGE = SESSION_MAX_SECONDS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_NAME = "__Host-session" if IS_HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if IS_HTTPS else "csrf"
# Says of a browser that it wants no keyboard shortcuts, and nothing of the person.
SHORTCUTS_COOKIE_NAME = "__Host-shortcuts" if IS_HTTPS else "shortcuts"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [PORTAL_BASE_URL]
CSRF_FAILURE_VIEW = "patportal.errors.csrf_failure"
# Answered without a look at the session, whatever cookie comes along.
PATHS_WITHOUT_SESSION = ["/sign-out/front-channel", "/calendar/"]
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Transport and content security --------------------------------------------------------------
SECURE_SSL_REDIRECT = IS_HTTPS and TRUSTED_PROXY_HOPS > 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_HOPS else None
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
# Subdomains and browsers' preload lists are the decision of whoever owns the domain, not of one host on it.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
_ENTRA = urlsplit(ENTRA_AUTHORITY)
_SIGN_IN_ORIGINS = [f"{_ENTRA.scheme}://{_ENTRA.netloc}"]
if ALLOW_OTHER_HOSTS and is_loopback(_ENTRA.hostname or ""):
    # The sandbox's own pages are plain http, so that a browser needs no certificate for them.
    _SIGN_IN_ORIGINS.append(f"http://{_ENTRA.hostname}:*")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        # Chromium applies form-action to the redirect that answers a POST: signing in and out go to Entra.
        "form-action": [SELF, *_SIGN_IN_ORIGINS],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

# --- Uploads -------------------------------------------------------------------------------------
# No form takes a file. Without handlers none is written to the disk while the fields around it are read.
FILE_UPLOAD_HANDLERS: list[str] = []

# --- Static files --------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600
# Pages name these files with a digest of their content, and none of them names another one by itself.
WHITENOISE_IMMUTABLE_FILE_TEST = r"(?!)" if DEBUG else r"^/static/(?:patportal|django_htmx)/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "patportal.staticfiles.StaticFilesStorage"},
}

# --- Proof of the audit log ------------------------------------------------------------------------
# Where signed checkpoints are kept, out of reach of whoever administers the database.
AUDIT_CHECKPOINT_DIR = env.optional("AUDIT_CHECKPOINT_DIR")
AUDIT_PUBLIC_KEYS = env.names_list("AUDIT_PUBLIC_KEYS", "")
# For the one account that signs; web and worker never have it.
AUDIT_SIGNING_KEY_FILE = env.optional("AUDIT_SIGNING_KEY_FILE")
AUDIT_RECIPIENTS = env.names_list("AUDIT_RECIPIENTS", "")

# --- Jobs ----------------------------------------------------------------------------------------
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
# Jobs spend their time waiting for Azure DevOps: one slow organization must not hold up everybody else's.
PROCRASTINATE_WORKER_DEFAULTS: dict[str, int | str] = {
    "concurrency": 8,
    # What was done is in the audit log; failed jobs stay to be looked at.
    "delete_jobs": "successful",
    "shutdown_graceful_timeout": 20,
}

# --- Mail ----------------------------------------------------------------------------------------
globals().update(env.email("EMAIL_URL", "smtp://localhost:25"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "pat-portal@localhost")
# Where mail may go; without any, everywhere.
MAIL_DOMAINS = env.domains("MAIL_DOMAINS")
ADMINS: list[tuple[str, str]] = []

# --- Language, time, logs ------------------------------------------------------------------------
# Words are English; how days, hours and numbers are written follows the browser. "en" alone is not among
# these: whoever asks for another kind of English, or for another language, is answered in the first one.
LANGUAGE_CODE = "en-gb"
LANGUAGES = [
    ("en-gb", "English (United Kingdom)"),
    ("en-us", "English (United States)"),
    ("en-au", "English (Australia)"),
    ("en-ca", "English (Canada)"),
    ("en-ie", "English (Ireland)"),
]
USE_I18N = True
FORMAT_MODULE_PATH = "patportal.formats"
USE_TZ = True
TIME_ZONE = env.time_zone("TIME_ZONE", "UTC")
LOGGING_CONFIG = "patportal.logs.configure"
LOGGING = logging_config(level=env.text("LOG_LEVEL", "INFO"))
