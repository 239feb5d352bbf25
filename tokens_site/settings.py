"""Settings. All of them come from the environment: `manage.py serve --help` explains each variable."""

from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.utils.csp import CSP

from tokens_site.keys_file import ensure_keys_file
from tokens_site.log_config import LOGGING  # noqa: F401 (a setting)

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = BASE_DIR / ".latchkey"

env = environ.Env()
DEBUG = env.bool("DEBUG", default=False)
if DEBUG:
    environ.Env.read_env(ensure_keys_file(DATA_DIR / "keys.env"))

# Keys. The system checks report missing and malformed keys, so that `--help` and `demo` work without them.
SECRET_KEY = env.str("SECRET_KEY", default="")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
TOKEN_PEPPERS = env.str("TOKEN_PEPPERS", default="")
TOKEN_ENCRYPTION_KEYS = env.str("TOKEN_ENCRYPTION_KEYS", default="")

# URLs and hosts. Without PUBLIC_URL, Latchkey assumes https and sends cookies over https only.
PUBLIC_URL = env.str("PUBLIC_URL", default="").rstrip("/")
PUBLIC_HOST = urlsplit(PUBLIC_URL).hostname
IS_HTTPS = not (DEBUG or PUBLIC_URL.startswith("http://"))
ALLOWED_HOSTS = [*env.list("ALLOWED_HOSTS", default=[]), *([PUBLIC_HOST] if PUBLIC_HOST else [])]
if DEBUG or PUBLIC_HOST in {None, "127.0.0.1", "localhost", "::1"}:
    ALLOWED_HOSTS += ["127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])

INSTALLED_APPS = [
    "tokens_site",
    "access_tokens",
    "workspaces",
    "accounts",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "django_tasks_db",
]

# ApiMiddleware handles requests to /api/ itself: the middleware below it serves only the console.
MIDDLEWARE = [
    "access_tokens.middleware.ApiMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "accounts.middleware.CompressionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.SignInRequiredMiddleware",
    "accounts.middleware.NoStoreMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.sessions.LastSeenMiddleware",
]

ROOT_URLCONF = "tokens_site.urls"
WSGI_APPLICATION = "tokens_site.wsgi.application"
APPEND_SLASH = False
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
                "accounts.context_processors.sign_up",
                "workspaces.console.context_processors.sidebar",
            ],
        },
    },
]

# Data
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'latchkey.sqlite3'}")}
DATABASE = DATABASES["default"]
DATABASE.update(CONN_MAX_AGE=None, CONN_HEALTH_CHECKS=True)
if DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    Path(DATABASE["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    DATABASE["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 10,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=4000;",
    }
else:
    DATABASE["OPTIONS"] = {"connect_timeout": 5, **DATABASE.get("OPTIONS", {}), "server_side_binding": True}
PREPARE_STATEMENTS = env.bool("PREPARE_STATEMENTS", default=True)
CACHES = {"default": env.cache_url("CACHE_URL", default="dbcache://django_cache")}


def whole_number(name: str, *, default: int) -> int | None:
    """Return the variable as a number of at least 0, or None if it is not one. The system checks report None."""
    value = env.str(name, default=str(default))
    return int(value) if value.isdecimal() else None


# Days after which events are purged. 0 keeps them forever.
EVENT_RETENTION_DAYS = whole_number("EVENT_RETENTION_DAYS", default=400)

# Requests per minute: the default of each token, the highest limit that Owners can set, and failed authentications from
# one IP address. The system checks report 0.
RATE_LIMIT = whole_number("RATE_LIMIT", default=600) or 0
RATE_LIMIT_CEILING = whole_number("RATE_LIMIT_CEILING", default=6000) or 0
FAILURE_LIMIT = whole_number("FAILURE_LIMIT", default=60) or 0
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# People
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
ALLOW_SIGN_UP = env.bool("ALLOW_SIGN_UP", default=False)
ALLOW_WORKSPACE_CREATION = env.bool("ALLOW_WORKSPACE_CREATION", default=True)
EMAIL_CHANGE_OPERATION = "workspaces.operations.users.change_own_email"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "access_tokens:workspaces"
WORKSPACE_HOME_URL = "access_tokens:list"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignUpForm"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Latchkey] "
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_RATE_LIMITS = {"manage_email": "10/h/user"}
MFA_ADAPTER = "accounts.mfa.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Latchkey"
MFA_RATE_LIMITS = {"webauthn_login": "30/m/ip"}
MFA_FORMS = {
    "authenticate_webauthn": "accounts.passkey_forms.PasskeyForm",
    "login_webauthn": "accounts.passkey_forms.PasskeyLoginForm",
    "reauthenticate_webauthn": "accounts.passkey_forms.PasskeyReauthenticationForm",
    "add_webauthn": "accounts.passkey_forms.AddPasskeyForm",
    "edit_webauthn": "accounts.passkey_forms.RenamePasskeyForm",
}
SESSION_COOKIE_AGE = 14 * 24 * 3600

# E-mail
EMAIL = env.email_url("EMAIL_URL", default="consolemail://" if DEBUG else "smtp://localhost:25")
MAILERS = {
    "default": {
        "BACKEND": EMAIL["EMAIL_BACKEND"],
        "OPTIONS": {
            "host": EMAIL["EMAIL_HOST"],
            "port": EMAIL["EMAIL_PORT"],
            "username": EMAIL["EMAIL_HOST_USER"],
            "password": EMAIL["EMAIL_HOST_PASSWORD"],
            "use_tls": EMAIL.get("EMAIL_USE_TLS", False),
            "use_ssl": EMAIL.get("EMAIL_USE_SSL", False),
            "timeout": 15,
        }
        if EMAIL["EMAIL_HOST"]
        else {},
    }
}
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"Latchkey <latchkey@{PUBLIC_HOST or 'localhost'}>")

# The class through which `workspaces` counts and disables credentials (see workspaces/credentials.py)
WORKSPACES_CREDENTIALS = "access_tokens.workspace_credentials.TokenCredentials"

# Background tasks, which `manage.py worker` runs from a queue in the database
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# Browsers
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "tokens_site.error_pages.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Static files
STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))()
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "tokens_site.static_storage.HashedStaticFilesStorage"
    },
}

# Language and time zone
LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
