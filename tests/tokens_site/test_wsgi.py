"""Client addresses: `X-Forwarded-For` counts only from `TRUSTED_PROXIES`. And nothing starts without its keys."""

import importlib
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from tests.factories import make_token
from workspaces.models import Event
from workspaces.permissions import Role

pytestmark = pytest.mark.django_db
PROXY, CLIENT, STRANGER = "10.0.0.1", "203.0.113.7", "198.51.100.9"


@pytest.fixture
def load(settings):
    """The WSGI application, as a server loads it. It leaves the tests' connection open, like Django's test client."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)

    def load():
        sys.modules.pop("tokens_site.wsgi", None)
        return importlib.import_module("tokens_site.wsgi").application

    yield load
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)
    sys.modules.pop("tokens_site.wsgi", None)


def address_told(rf, application, *, came_from, forwarded_for):
    """The address in the event of a call that goes through `application`."""
    token = make_token(scope=Role.ADMINISTRATOR)
    url = f"/api/v1/workspaces/{token.row.workspace.slug}/access-tokens/{token.row.key_id}/disable"
    headers = {"Authorization": f"Bearer {token.plaintext}", "X-Forwarded-For": forwarded_for}
    environ = rf.post(url, data=b"", content_type="application/json", headers=headers, REMOTE_ADDR=came_from).environ
    statuses = []
    b"".join(application(environ, lambda status, headers, *rest: statuses.append(status)))
    assert statuses == ["200 OK"]
    return Event.objects.latest("pk").address


def test_what_a_trusted_proxy_tells_counts(rf, settings, load):
    settings.TRUSTED_PROXIES = [PROXY]
    assert address_told(rf, load(), came_from=PROXY, forwarded_for=CLIENT) == CLIENT


def test_what_anybody_else_tells_does_not(rf, settings, load):
    settings.TRUSTED_PROXIES = [PROXY]
    assert address_told(rf, load(), came_from=STRANGER, forwarded_for=CLIENT) == STRANGER


def test_without_trusted_proxies_nobody_is_believed(rf, settings, load):
    settings.TRUSTED_PROXIES = []
    assert address_told(rf, load(), came_from=PROXY, forwarded_for=CLIENT) == PROXY


def test_what_a_client_wrote_in_front_of_the_proxy_does_not_count(rf, settings, load):
    """Proxies append: the last address that is no proxy is the one that the nearest proxy saw."""
    settings.TRUSTED_PROXIES = [PROXY]
    assert address_told(rf, load(), came_from=PROXY, forwarded_for=f"192.0.2.66, {CLIENT}") == CLIENT


@pytest.mark.parametrize("name", ["TOKEN_PEPPERS", "TOKEN_ENCRYPTION_KEYS"])
def test_it_does_not_load_without_its_keys(settings, load, name):
    setattr(settings, name, "")
    with pytest.raises(ImproperlyConfigured, match=f"{name} is not set"):
        load()
