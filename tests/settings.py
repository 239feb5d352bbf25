"""The settings of production, with throw-away keys and a cache of our own."""

import os

from access_tokens.token_crypto import generate_key

os.environ.setdefault("SECRET_KEY", "only-for-tests-" * 5)
os.environ.setdefault("TOKEN_PEPPERS", generate_key())
os.environ.setdefault("TOKEN_ENCRYPTION_KEYS", generate_key())
os.environ.setdefault("PUBLIC_URL", "http://localhost:8000")
os.environ.setdefault("CACHE_URL", "locmemcache://")

from tokens_site.settings import *  # noqa: F403

ALLOWED_HOSTS = ["*"]
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
