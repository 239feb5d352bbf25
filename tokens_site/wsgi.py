"""The WSGI application. A client's address counts only as a trusted proxy tells it (`TRUSTED_PROXIES`)."""

import gc
import os

from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tokens_site.settings")
django_application = get_wsgi_application()

from django.conf import settings  # noqa: E402 (all of this is there once Django is set up)

from access_tokens.middleware import FastPath  # noqa: E402

if problems := [check for check in run_checks(tags=["environment"]) if check.is_serious()]:
    raise ImproperlyConfigured("\n".join(str(problem) for problem in problems))

gc.collect()
gc.freeze()  # what is imported stays: looking through it at each collection of garbage took a twentieth of all time

application = FastPath(django_application)
if settings.TRUSTED_PROXIES:
    application = wrap_wsgi_with_proxy_headers(application, settings.TRUSTED_PROXIES)
