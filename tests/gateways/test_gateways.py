"""The documented configurations of nginx and Caddy, with the real programs."""

import socket

import pytest
import requests
from django.utils import timezone

from access_tokens.models import AccessToken
from tests.factories import WorkspaceFactory, expired, make_token
from tests.gateways.conftest import PATIENCE, Service
from workspaces.permissions import Role

pytestmark = pytest.mark.same_on_each_database

NAMES = ("x-latchkey-workspace", "x-latchkey-key-id", "x-latchkey-scope")
FORGED = {"X-Latchkey-Workspace": "globex", "X-Latchkey-Scope": "owner", "X-Latchkey-Key-Id": "x"}
ALIASES = {
    "X_Latchkey_Scope": "owner",
    "X-Latchkey_Scope": "owner",
    "X.Latchkey.Scope": "owner",
    "x!latchkey!scope": "owner",
}
"""Spellings that a WSGI or CGI service reads as X-Latchkey-Scope."""


def bearer(token, **more):
    return {"Authorization": f"Bearer {token.plaintext}", **more}


@pytest.fixture
def northwind(transactional_db):
    return WorkspaceFactory(slug="your-workspace")


@pytest.fixture
def good(northwind):
    return make_token(northwind, Role.TEAM_MEMBER)


@pytest.fixture
def url(gateway, live_server):
    return gateway(live_server.url)


def ask(url, headers):
    return requests.get(f"{url}/orders", headers=headers, timeout=PATIENCE)


@pytest.mark.parametrize("forged", [{}, FORGED, ALIASES], ids=["honest", "forged", "aliases"])
def test_valid_token_passes_with_the_headers_of_latchkey(url, good, forged):
    assert ask(url, bearer(good, **forged)).status_code == 200
    [headers] = Service.came
    told = {name: value for name, value in headers.items() if "latchkey" in name}
    assert told == dict(zip(NAMES, ("your-workspace", good.row.key_id, "team_member"), strict=True))
    assert "authorization" not in headers


def test_body_of_any_length_passes(url, good):
    answer = requests.post(f"{url}/orders", data="x" * 200_000, headers=bearer(good), timeout=PATIENCE)
    assert answer.status_code == 200
    [headers] = Service.came
    assert headers["content-length"] == "200000"


def test_chunked_body_passes(url, good):
    answer = requests.post(f"{url}/orders", data=iter([b"x" * 1000] * 3), headers=bearer(good), timeout=PATIENCE)
    assert answer.status_code == 200


def test_other_requests_are_rejected(url, northwind, good):
    weak, over = make_token(northwind, Role.VIEWER), make_token(northwind, Role.OWNER, **expired())
    stranger = make_token(WorkspaceFactory(slug="globex"), Role.OWNER)
    AccessToken.objects.filter(pk=good.row.pk).update(disabled_at=timezone.now())

    challenge = ask(url, FORGED).headers["WWW-Authenticate"]
    assert challenge.startswith("Bearer")
    assert "error" not in challenge
    assert 'error="invalid_token"' in ask(url, bearer(over)).headers["WWW-Authenticate"]
    assert ask(url, {}).status_code == ask(url, {"Authorization": "Bearer nonsense"}).status_code == 401
    assert ask(url, bearer(over)).status_code == ask(url, bearer(good)).status_code == 401
    assert ask(url, bearer(weak)).status_code == ask(url, bearer(stranger)).status_code == 403
    assert Service.came == []


def test_gateway_rejects_requests_while_latchkey_is_down(gateway):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        nobody = f"http://127.0.0.1:{probe.getsockname()[1]}"
    url = gateway(nobody)
    headers = {"Authorization": "Bearer lkey_whatever", "X-Latchkey-Scope": "owner"}
    assert ask(url, headers).status_code in {502, 503}
    assert Service.came == []


def test_rate_limited_request_gets_429(url, northwind, good):
    northwind.rate_limit = 1
    northwind.save()
    answers = [ask(url, bearer(good)) for _ in range(3)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert {answer.status_code for answer in answers} == {200, 429}
    assert all(1 <= int(answer.headers["Retry-After"]) <= 60 for answer in refused)
    assert len(Service.came) == len(answers) - len(refused)


def test_error_of_the_service_is_passed_through(url, good, monkeypatch):
    monkeypatch.setattr(Service, "status", 500)
    assert ask(url, bearer(good)).status_code == 500


@pytest.mark.parametrize("gateway", ["nginx.conf"], indirect=True)
def test_authorization_location_of_nginx_is_internal(url, good):
    assert requests.get(f"{url}/latchkey-authorize", headers=bearer(good), timeout=PATIENCE).status_code == 404
