"""Settings of the whole installation. What differs between machines comes from the environment."""

from datetime import timedelta
from pathlib import Path

from django.urls import reverse_lazy
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from console import environment

BASE_DIR = Path(__file__).resolve().parent.parent
environment.load(BASE_DIR / ".env")

# --- this machine ---------------------------------------------------------------------------------

DEBUG = environment.flag("ORGS_DEBUG")
SECRET_KEY = environment.secret("ORGS_SECRET_KEY")
KEY_RING = environment.key_ring("ORGS_KEY_RING")
ALLOWED_HOSTS = environment.words("ORGS_ALLOWED_HOSTS", default="localhost,127.0.0.1,[::1]")
DATABASES = {
    "default": environment.database(
        "ORGS_DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'banyan.sqlite3'}"
    )
}
TLS = environment.flag("ORGS_TLS")
ADMIN_ENABLED = environment.flag("ORGS_ADMIN")
STATIC_ROOT = environment.text("ORGS_STATIC_ROOT", default=str(BASE_DIR / ".static"))

# --- limits and time spans of the rules (R-GEN-9) -------------------------------------------------

ACCOUNT_QUOTA = environment.count("ORGS_ACCOUNT_QUOTA", default=10)
ACCOUNT_QUOTA_MAX = environment.count("ORGS_ACCOUNT_QUOTA_MAX", default=10_000)
ORGANIZATIONAL_UNIT_QUOTA = environment.count("ORGS_ORGANIZATIONAL_UNIT_QUOTA", default=1_000)
TAG_QUOTA = environment.count("ORGS_TAG_QUOTA", default=20)
TAG_CHARACTERS_WIDE = environment.flag("ORGS_TAG_CHARACTERS_WIDE")
# A dotted path to a function of the account: whether it may found an organization (R-ORG-2).
ORGANIZATION_ELIGIBILITY = environment.text("ORGS_ORGANIZATION_ELIGIBILITY", default="")

# --- the API --------------------------------------------------------------------------------------

API_BODY_LIMIT = environment.count("ORGS_API_BODY_KIB", default=128) * 1024
SIGNATURE_WINDOW = timedelta(minutes=environment.count("ORGS_SIGNATURE_MINUTES", default=15))
ANSWERS_REMEMBERED_FOR = timedelta(hours=environment.count("ORGS_REMEMBERED_HOURS", default=24))
# Requests a second; 0 sets no limit. What was not asked for in the seconds before may come at once.
RATE_PER_KEY = environment.count("ORGS_RATE_PER_KEY", default=200)
RATE_PER_ORGANIZATION = environment.count("ORGS_RATE_PER_ORGANIZATION", default=1_000)
RATE_BURST_SECONDS = environment.count("ORGS_RATE_BURST_SECONDS", default=10)

# --- the application ------------------------------------------------------------------------------

INSTALLED_APPS = [
    "orgs.apps.OrgsConfig",
    "console.apps.ConsoleConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "mptt",
    "guardian",
    "django_htmx",
    "lucide",
    "unfold",  # its typeface
    "django_tasks_db",
]
MIDDLEWARE = [
    # Answers requests of the API itself: they carry no session, and nothing below is for them.
    "orgs.api.entrance.Entrance",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "console.middleware.ActorMiddleware",
    "console.middleware.RefusalMiddleware",
]
ROOT_URLCONF = "console.urls"
WSGI_APPLICATION = "console.wsgi.application"
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
                "console.rendering.console",
            ]
        },
    }
]
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- language and time ----------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Chinese"))]
TIME_ZONE = "UTC"
USE_TZ = True

# --- who may come in ------------------------------------------------------------------------------

AUTH_USER_MODEL = "orgs.User"
AUTHENTICATION_BACKENDS = [
    "console.authentication.ActorBackend",
    "guardian.backends.ObjectPermissionBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "console.authentication.SignInAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_SESSION_REMEMBER = False
# Guardian grants belong to groups of accounts; there is no anonymous actor to grant anything to.
ANONYMOUS_USER_NAME = None

# --- what a browser is told -----------------------------------------------------------------------

# Nothing is inline, so nothing needs unsafe-inline, unsafe-eval or a nonce; and nothing may come to.
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
SECURE_REFERRER_POLICY = "same-origin"
CSRF_FAILURE_VIEW = "console.views.errors.csrf_failed"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_NAME = "__Host-session" if TLS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if TLS else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = TLS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = TLS

# --- logs -----------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}
