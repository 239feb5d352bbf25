"""The WSGI application. A client's address counts only as a trusted proxy tells it (`TRUSTED_PROXIES`)."""

import os

from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tokens_site.settings")
django_application = get_wsgi_application()

from django.conf import settings  # noqa: E402 (settings are there once Django is set up)

if problems := [check for check in run_checks(tags=["environment"]) if check.is_serious()]:
    raise ImproperlyConfigured("\n".join(str(problem) for problem in problems))

application = wrap_wsgi_with_proxy_headers(django_application, settings.TRUSTED_PROXIES)
