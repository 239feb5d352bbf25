"""The WSGI application: client IP addresses, and keys that are missing at the start."""

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
    """Load the WSGI application as a server does, but leave the test's database connection open."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)

    def load():
        sys.modules.pop("tokens_site.wsgi", None)
        return importlib.import_module("tokens_site.wsgi").application

    yield load
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)
    sys.modules.pop("tokens_site.wsgi", None)


def recorded_ip_address(rf, application, *, peer, forwarded_for):
    """Return the IP address in the event of a request that goes through `application`."""
    token = make_token(scope=Role.ADMINISTRATOR)
    url = f"/api/v1/workspaces/{token.row.workspace.slug}/access-tokens/{token.row.key_id}/disable"
    headers = {"Authorization": f"Bearer {token.plaintext}", "X-Forwarded-For": forwarded_for}
    environ = rf.post(url, data=b"", content_type="application/json", headers=headers, REMOTE_ADDR=peer).environ
    statuses = []
    b"".join(application(environ, lambda status, headers, *rest: statuses.append(status)))
    assert statuses == ["200 OK"]
    return Event.objects.latest("pk").ip_address


def test_forwarded_address_of_a_trusted_proxy_is_used(rf, settings, load):
    settings.TRUSTED_PROXIES = [PROXY]
    assert recorded_ip_address(rf, load(), peer=PROXY, forwarded_for=CLIENT) == CLIENT


def test_forwarded_address_of_another_peer_is_ignored(rf, settings, load):
    settings.TRUSTED_PROXIES = [PROXY]
    assert recorded_ip_address(rf, load(), peer=STRANGER, forwarded_for=CLIENT) == STRANGER


def test_without_trusted_proxies_forwarded_addresses_are_ignored(rf, settings, load):
    settings.TRUSTED_PROXIES = []
    assert recorded_ip_address(rf, load(), peer=PROXY, forwarded_for=CLIENT) == PROXY


def test_addresses_that_the_client_sent_itself_are_ignored(rf, settings, load):
    """Proxies append to the header: the last address that is not a proxy is the one that the nearest proxy saw."""
    settings.TRUSTED_PROXIES = [PROXY]
    assert recorded_ip_address(rf, load(), peer=PROXY, forwarded_for=f"192.0.2.66, {CLIENT}") == CLIENT


@pytest.mark.parametrize("name", ["TOKEN_PEPPERS", "TOKEN_ENCRYPTION_KEYS"])
def test_application_does_not_load_without_its_keys(settings, load, name):
    setattr(settings, name, "")
    with pytest.raises(ImproperlyConfigured, match=f"{name} is not set"):
        load()
