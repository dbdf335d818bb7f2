"""Settings of the whole installation. What differs between machines comes from the environment."""

from datetime import timedelta
from pathlib import Path

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from console import environment

BASE_DIR = Path(__file__).resolve().parent.parent
environment.load(BASE_DIR / ".env")

# --- this machine ---------------------------------------------------------------------------------

DEBUG = environment.flag("ORGS_DEBUG")
SECRET_KEY = environment.secret("ORGS_SECRET_KEY")
# Nothing new is signed with these; what was, still counts.
SECRET_KEY_FALLBACKS = environment.former_secrets("ORGS_FORMER_SECRET_KEYS")
KEY_RING = environment.key_ring("ORGS_KEY_RING")
ALLOWED_HOSTS = environment.words("ORGS_ALLOWED_HOSTS", default="localhost,127.0.0.1,[::1]")
DATABASES = {
    "default": environment.database(
        "ORGS_DATABASE_URL",
        default=f"sqlite:///{BASE_DIR / 'banyan.sqlite3'}",
        prepares=environment.flag("ORGS_PREPARED_STATEMENTS", default=True),
    )
}
TLS = environment.flag("ORGS_TLS")
# So many proxies of ours stand before it, each of which adds the address it was asked from.
TRUSTED_PROXIES = environment.count("ORGS_TRUSTED_PROXIES", default=0)
# A proxy of ours, and nobody else, says in that header whether it was asked over TLS.
SECURE_PROXY_SSL_HEADER = environment.says_https("ORGS_FORWARDED_PROTO_HEADER")
ADMIN_ENABLED = environment.flag("ORGS_ADMIN")
ADMIN_PATH = environment.path("ORGS_ADMIN_PATH", default="operator/")
# make demo alone sets these: the sign-in page then names the demo's sign-ins and their password.
DEMO = environment.flag("ORGS_DEMO")
DEMO_PASSWORD = environment.text("ORGS_DEMO_PASSWORD", default="")
STATIC_ROOT = environment.text("ORGS_STATIC_ROOT", default=str(BASE_DIR / ".static"))

# --- limits and time spans of the rules (R-GEN-9) -------------------------------------------------

ACCOUNT_QUOTA = environment.count("ORGS_ACCOUNT_QUOTA", default=10)
ACCOUNT_QUOTA_MAX = environment.count("ORGS_ACCOUNT_QUOTA_MAX", default=10_000)
ORGANIZATIONAL_UNIT_QUOTA = environment.count("ORGS_ORGANIZATIONAL_UNIT_QUOTA", default=1_000)
TAG_QUOTA = environment.count("ORGS_TAG_QUOTA", default=20)
MOVE_UNDO = timedelta(minutes=environment.count("ORGS_MOVE_UNDO_MINUTES", default=15))
POLICY_QUOTA = environment.count("ORGS_POLICY_QUOTA", default=1_000)  # of each type (R-POL-1)
POLICY_TESTS = environment.count("ORGS_POLICY_TESTS", default=100)  # of each policy
SCP_CHARACTERS = environment.count("ORGS_SCP_CHARACTERS", default=5_120, least=1)
SCPS_PER_ENTITY = environment.count("ORGS_SCPS_PER_ENTITY", default=5, least=1)
SCP_CUSTOM_ALLOW = environment.flag("ORGS_SCP_CUSTOM_ALLOW", default=True)
SERVICES_WITHOUT_SCP = environment.words("ORGS_SERVICES_WITHOUT_SCP")  # R-SCP-4
TAG_POLICY_CHARACTERS = environment.count("ORGS_TAG_POLICY_CHARACTERS", default=10_000, least=1)
TAG_POLICIES_PER_ENTITY = environment.count("ORGS_TAG_POLICIES_PER_ENTITY", default=10, least=1)
# A directory in which dry runs write a line for each record; empty: the table alone keeps them (R-DRY-9).
DRY_RUN_SINK = environment.text("ORGS_DRY_RUN_SINK", default="")
DRY_RUN_RECORDS_KEPT = environment.days("ORGS_DRY_RUN_RECORD_DAYS", default=90)
TAG_CHARACTERS_WIDE = environment.flag("ORGS_TAG_CHARACTERS_WIDE")
# A dotted path to a function of the account: whether it may found an organization (R-ORG-2).
ORGANIZATION_ELIGIBILITY = environment.text("ORGS_ORGANIZATION_ELIGIBILITY", default="")

# The account-access agency of a created account, where no other name is given (R-ACC-21).
AGENCY_NAME = environment.text("ORGS_AGENCY_NAME", default="OrganizationAccountAccessAgency")
# What the first form of creation demands: email, phone, both with a comma, or nothing (R-ACC-14).
CONTACTS_DEMANDED = environment.words("ORGS_CONTACTS_DEMANDED")
CREATIONS_AT_ONCE = environment.count("ORGS_CREATIONS_AT_ONCE", default=5, least=1)
CREATION_RECORDS_KEPT = environment.days("ORGS_CREATION_RECORD_DAYS", default=90)
# Whether an account has to be able to stand alone before it leaves (R-ORG-13, R-ORG-14).
STANDALONE_TEST = environment.flag("ORGS_STANDALONE_TEST", default=True)
STANDALONE_AGE = environment.days("ORGS_STANDALONE_AGE_DAYS", default=7)
REMOVALS = environment.count("ORGS_REMOVALS", default=5)
REMOVAL_WINDOW = timedelta(hours=environment.count("ORGS_REMOVAL_HOURS", default=24, least=1))
CLOSINGS_AT_ONCE = environment.count("ORGS_CLOSINGS_AT_ONCE", default=3, least=1)
CLOSING_WINDOW = environment.days("ORGS_CLOSING_WINDOW_DAYS", default=30)
CLOSINGS_PERCENT = environment.count("ORGS_CLOSINGS_PERCENT", default=10)
CLOSINGS_LEAST = environment.count("ORGS_CLOSINGS_LEAST", default=10)
CLOSINGS_MOST = environment.count("ORGS_CLOSINGS_MOST", default=200)
CLOSING_TIME = timedelta(seconds=environment.count("ORGS_CLOSING_SECONDS", default=5))
CLOSED_ACCOUNTS_LISTED = environment.days("ORGS_CLOSED_ACCOUNT_DAYS", default=90)
INVITATION_LIFETIME = environment.days("ORGS_INVITATION_DAYS", default=14)
INVITATIONS = environment.count("ORGS_INVITATIONS", default=20)
INVITATION_WINDOW = timedelta(
    hours=environment.count("ORGS_INVITATION_WINDOW_HOURS", default=24, least=1)
)
INVITATION_RESENT_AFTER = timedelta(
    minutes=environment.count("ORGS_INVITATION_RESEND_MINUTES", default=10)
)
BATCH_ROWS = environment.count("ORGS_BATCH_ROWS", default=1_000, least=1)
BATCH_RECORDS_KEPT = environment.days("ORGS_BATCH_RECORD_DAYS", default=90)
INVITATION_RECORDS_KEPT = environment.days("ORGS_INVITATION_RECORD_DAYS", default=365)
# Dotted paths to functions of the installation; empty: nothing to ask. docs/hooks.md says of what.
ACCOUNT_PROVIDER = environment.text("ORGS_ACCOUNT_PROVIDER", default="")  # R-ACC-10
ACCOUNT_CLOSER = environment.text("ORGS_ACCOUNT_CLOSER", default="")  # R-CLO-14
INVITATION_ELIGIBILITY = environment.text("ORGS_INVITATION_ELIGIBILITY", default="")  # R-INV-5
UNPAID_RESOURCES = environment.text("ORGS_UNPAID_RESOURCES", default="")  # R-CLO-6
SERVICE_CALLBACKS = environment.pairs("ORGS_SERVICE_CALLBACKS")  # R-TS-11

# --- background jobs ------------------------------------------------------------------------------

JOB_ATTEMPTS = environment.count("ORGS_JOB_ATTEMPTS", default=5, least=1)
JOB_LEASE = timedelta(seconds=environment.count("ORGS_JOB_LEASE_SECONDS", default=60, least=1))
JOB_RECORDS_KEPT = environment.days("ORGS_JOB_RECORD_DAYS", default=30)

# Where pg_dump and pg_restore are, for backups; empty: they are looked for.
POSTGRESQL_BIN = environment.text("ORGS_POSTGRESQL_BIN", default="")

# --- e-mail ---------------------------------------------------------------------------------------

MAIL_SERVER = environment.text("ORGS_MAIL_SERVER", default="")
MAILS_ARE_SENT = bool(MAIL_SERVER)
MAILERS = {
    "default": {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": MAIL_SERVER,
            "port": environment.count("ORGS_MAIL_PORT", default=587),
            "username": environment.text("ORGS_MAIL_USER", default=""),
            "password": environment.text("ORGS_MAIL_PASSWORD", default=""),
            "use_tls": environment.flag("ORGS_MAIL_STARTTLS", default=True),
            "timeout": 20,
        },
    }
}
DEFAULT_FROM_EMAIL = environment.text("ORGS_MAIL_FROM", default="banyan@localhost")
# How people reach the console, for links in e-mails: https://organizations.example.com
SITE_ADDRESS = environment.text("ORGS_SITE_ADDRESS", default="")

# --- calls that change nothing --------------------------------------------------------------------

# Refused ones are written down; of an organization at most so many, of an account so many a minute.
RECORDED_CALLS = environment.count("ORGS_RECORDED_CALLS", default=10_000, least=1)
RECORDED_CALLS_KEPT = environment.days("ORGS_RECORDED_CALL_DAYS", default=90)
REFUSED_CALLS_PER_MINUTE = environment.count("ORGS_REFUSED_CALLS_PER_MINUTE", default=30, least=6)
READS_ARE_RECORDED = environment.flag("ORGS_READ_EVENTS")  # those of the API (R-AUD-2)

# --- events that are told to others ---------------------------------------------------------------

SUBSCRIPTIONS = environment.count("ORGS_SUBSCRIPTIONS", default=20)  # of an organization
# E-mails about events to one subscription within an hour; what is more is gathered in one.
SUBSCRIPTION_MAILS = environment.count("ORGS_SUBSCRIPTION_MAILS", default=12, least=1)
# How long the link is good that asks a receiver of e-mails, and how many an organization asks in a day.
CONFIRMATION_LIFETIME = environment.days("ORGS_CONFIRMATION_DAYS", default=3)
CONFIRMATIONS = environment.count("ORGS_CONFIRMATIONS", default=20)
# Both open ways into networks that only this machine reaches: for tests, or where all of it is private.
WEBHOOKS_OVER_HTTP = environment.flag("ORGS_WEBHOOKS_OVER_HTTP")
WEBHOOKS_TO_PRIVATE_ADDRESSES = environment.flag("ORGS_WEBHOOKS_TO_PRIVATE_ADDRESSES")
WEBHOOK_PATIENCE = timedelta(seconds=environment.count("ORGS_WEBHOOK_SECONDS", default=10, least=1))
# What fails for so long is sent no more until a person switches it on again.
SUBSCRIPTION_PATIENCE = environment.days("ORGS_SUBSCRIPTION_FAILING_DAYS", default=3)
DELIVERY_RECORDS_KEPT = environment.days("ORGS_DELIVERY_RECORD_DAYS", default=30)

# --- how long one stays signed in -----------------------------------------------------------------

SESSION_IDLE = timedelta(
    minutes=environment.count("ORGS_SESSION_IDLE_MINUTES", default=60, least=1)
)
SESSION_LENGTH = timedelta(hours=environment.count("ORGS_SESSION_HOURS", default=12, least=1))

# --- the API --------------------------------------------------------------------------------------

API_BODY_LIMIT = environment.count("ORGS_API_BODY_KIB", default=128) * 1024
API_BATCH_LIMIT = 1024 * 1024
API_IMPORT_LIMIT = 16 * 1024 * 1024
SIGNATURE_WINDOW = timedelta(minutes=environment.count("ORGS_SIGNATURE_MINUTES", default=15))
ANSWERS_REMEMBERED_FOR = timedelta(hours=environment.count("ORGS_REMEMBERED_HOURS", default=24))
# Requests a second; 0 sets no limit. What was not asked for in the seconds before may come at once.
RATE_PER_KEY = environment.count("ORGS_RATE_PER_KEY", default=200)
RATE_PER_ORGANIZATION = environment.count("ORGS_RATE_PER_ORGANIZATION", default=1_000)
# Those from one address that are signed by nobody we know.
RATE_PER_ADDRESS = environment.count("ORGS_RATE_PER_ADDRESS", default=50)
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
    "allauth.mfa",
    "console.apps.SessionsConfig",
    "mptt",
    "guardian",
    "django_htmx",
    "lucide",
    "django_ace",  # its static files: the editor of policies
    "unfold",  # the operators' site, and its typeface everywhere; it stands before Django's admin
    "unfold.contrib.filters",
    "django.contrib.admin.apps.SimpleAdminConfig",
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
    "console.middleware.LastSeenMiddleware",
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
# A change of a thousand accounts is a form with a field for each.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_200
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
CACHES = {
    # Shared by all processes: wrong tries and spent codes are counted here. `migrate` makes the table.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "console_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    "template_fragments": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- language and time ----------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Chinese"))]
# Texts are compiled where they are written: nothing has to be installed for them (docs/operating.md).
LOCALE_PATHS = [BASE_DIR / "locale"]
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
ACCOUNT_RATE_LIMITS = False  # ours say when to try again: console/attempts.py
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60
MFA_ADAPTER = "orgs.second_factor.SealingAdapter"
MFA_FORMS = {"authenticate": "console.forms.sign_in.CodeForm"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Banyan"
MFA_TOTP_TOLERANCE = 1  # a step to either side, for clocks that differ (RFC 6238, section 5.2)
# Guardian grants belong to groups of accounts; there is no anonymous actor to grant anything to.
ANONYMOUS_USER_NAME = None

# --- what a browser is told -----------------------------------------------------------------------

# Nothing is inline, so nothing needs unsafe-inline, unsafe-eval or a nonce; and nothing may come to.
SECURE_CSP: dict[str, list[str]] = {
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
SESSION_ENGINE = "console.sessions"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_NAME = "__Host-session" if TLS else "session"
KNOWN_COOKIE_NAME = "__Host-known" if TLS else "known"
CSRF_COOKIE_NAME = "__Host-csrf" if TLS else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = TLS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = TLS
# Being on the browsers' lists binds a whole domain for years: that is its owner's to say, and no fault
# where it is not said.
SECURE_HSTS_PRELOAD = TLS and environment.flag("ORGS_HSTS_PRELOAD")
SILENCED_SYSTEM_CHECKS = ["security.W021"]

# --- the operators' site --------------------------------------------------------------------------

UNFOLD = {
    "SITE_TITLE": _("Banyan for operators"),
    "SITE_HEADER": "Banyan",
    "SITE_SUBHEADER": _("For operators"),
    "SITE_SYMBOL": "forest",
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda _request: static("console/mark.svg"),
        }
    ],
    "SITE_URL": None,  # operators have no account, so the console is not for them
    "SHOW_HISTORY": False,  # events tell what happened
    "SHOW_VIEW_ON_SITE": False,
    "SIDEBAR": {"navigation": "orgs.admin.site.navigation"},
    # The console's accent.
    "COLORS": {
        "primary": {
            "50": "oklch(97.5% 0.012 268)",
            "100": "oklch(95.3% 0.022 268)",
            "200": "oklch(89% 0.05 268)",
            "300": "oklch(82% 0.09 268)",
            "400": "oklch(72% 0.13 268)",
            "500": "oklch(65% 0.16 268)",
            "600": "oklch(52% 0.19 268)",
            "700": "oklch(45% 0.19 268)",
            "800": "oklch(38% 0.15 268)",
            "900": "oklch(32% 0.11 268)",
            "950": "oklch(24% 0.08 268)",
        }
    },
}

# --- logs -----------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}
