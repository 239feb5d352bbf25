"""Settings of all projects but Latchkey: `startproject`'s, with what each package's README adds.

BENCHMARK_PROJECT is the project: `bare`, a name in `TOKEN_CHECK_APPS` or `ENDPOINT_APPS`, or `peers`, which has the
apps of all token checks. The bare view and the endpoints have no middleware.
"""

import os
from typing import Any

import environ

PROJECT = os.environ["BENCHMARK_PROJECT"]
IS_BARE = PROJECT == "bare"

STARTPROJECT_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
STARTPROJECT_MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TOKEN_CHECK_APPS = {
    "drf": ["rest_framework", "rest_framework.authtoken"],
    "api_key": ["rest_framework", "rest_framework_api_key"],
    "knox": ["rest_framework", "knox"],
    "oauth": ["oauth2_provider"],
    "ninja_orm": ["tests.benchmarks.projects.bearer_tokens"],
}
ENDPOINT_APPS = {
    "drf_endpoints": ["rest_framework", "rest_framework_api_key", "tests.benchmarks.projects.workspace_tokens"],
    "ninja_endpoints": ["rest_framework_api_key", "tests.benchmarks.projects.workspace_tokens"],
    "endpoint_peers": ["rest_framework_api_key", "tests.benchmarks.projects.workspace_tokens"],
}
REST_FRAMEWORK_SETTINGS: dict[str, dict[str, Any]] = {
    "drf": {
        "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"],
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    },
    "api_key": {"DEFAULT_PERMISSION_CLASSES": ["rest_framework_api_key.permissions.HasAPIKey"]},
    "knox": {
        "DEFAULT_AUTHENTICATION_CLASSES": ["knox.auth.TokenAuthentication"],
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    },
    "drf_endpoints": {
        "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.CursorPagination",
        "PAGE_SIZE": 25,
    },
}

SECRET_KEY = "only-for-benchmarks-" * 3
ALLOWED_HOSTS = ["*"]
all_token_check_apps = {app for apps in TOKEN_CHECK_APPS.values() for app in apps}
apps = {**TOKEN_CHECK_APPS, **ENDPOINT_APPS, "peers": sorted(all_token_check_apps)}.get(PROJECT, [])
INSTALLED_APPS = [] if IS_BARE else [*STARTPROJECT_APPS, *apps]
MIDDLEWARE = (
    []
    if IS_BARE or PROJECT in ENDPOINT_APPS or "BENCHMARK_WITHOUT_MIDDLEWARE" in os.environ
    else STARTPROJECT_MIDDLEWARE
)
REST_FRAMEWORK = REST_FRAMEWORK_SETTINGS.get(PROJECT, {})
ROOT_URLCONF = f"tests.benchmarks.projects.{PROJECT}"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
STATIC_URL = "static/"
TIME_ZONE = "UTC"
USE_TZ = True

# As Latchkey in production: the connection stays open, and readers of SQLite do not wait for a writer.
DATABASES = {"default": environ.Env().db_url("DATABASE_URL")}
DATABASES["default"]["CONN_MAX_AGE"] = None
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
