"""The gate and Django behind it say the same of every call; and the gate answers what is plain."""

import io
import sys
from datetime import timedelta

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import OperationalError, close_old_connections
from django.utils import timezone

from access_tokens import middleware
from access_tokens.api import fast_path, introspection
from access_tokens.api.fast_path import FastPath
from access_tokens.authentication import request_auth
from access_tokens.authentication.usage import usage
from access_tokens.models import AccessToken
from tests.factories import WorkspaceFactory, all_roles_except, expired, make_token
from workspaces.permissions import Role

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]
ME, AUTHORIZE = "/api/v1/me", "/api/v1/authorize"
CHANGING = {"RateLimit"}


def environ(path, query="", *, method="GET", body=b"", **more):
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "REMOTE_ADDR": "203.0.113.7",
        "HTTP_X_REQUEST_ID": "the-same-for-both",
        "CONTENT_LENGTH": str(len(body)) if body else "",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
        **more,
    }


def bearer(token):
    return {"HTTP_AUTHORIZATION": f"Bearer {token.plaintext}"}


def call(application, request):
    """Status, headers without those that go on counting, body."""
    told = []
    response = application(request, lambda status, headers, *rest: told.extend([status, headers]))
    body = b"".join(response)
    if hasattr(response, "close"):
        response.close()
    status, headers = told
    assert len({name for name, _ in headers}) == len(headers), "No header comes twice."
    return status, {name: value for name, value in headers if name not in CHANGING}, body


def closed(request, start_response):
    raise AssertionError("The gate let it through.")


@pytest.fixture
def django():
    """What stands behind the gate. It leaves the tests' connection open, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield WSGIHandler()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def acme():
    return WorkspaceFactory(slug="acme", available_roles=all_roles_except(Role.TEAM_MEMBER))


TOKENS = {
    "viewer": lambda acme: make_token(acme, expires_at=timezone.now() + timedelta(days=1)),
    "owner made by another": lambda acme: make_token(acme, Role.OWNER, parent=make_token(acme).row, creator=None),
    "with an old secret": lambda acme: make_token(
        acme,
        previous_secret_expires_at=timezone.now() + timedelta(hours=1),
        previous_secret_digest=b"x",
        previous_secret_use_count=3,
    ),
    "disabled": lambda acme: make_token(acme, disabled_at=timezone.now()),
    "expired": lambda acme: make_token(acme, **expired()),
    "scope off": lambda acme: make_token(acme, Role.TEAM_MEMBER),
    "of a deleted workspace": lambda acme: make_token(WorkspaceFactory(deleted_at=timezone.now())),
    "of another workspace": lambda acme: make_token(WorkspaceFactory(slug="globex"), Role.OWNER),
}
QUERIES = [
    (ME, ""),
    (AUTHORIZE, "workspace=acme"),
    (AUTHORIZE, "workspace=acme&scope=viewer"),
    (AUTHORIZE, "scope=owner&workspace=acme"),
    (AUTHORIZE, "workspace=other&workspace=acme&scope=viewer"),
    (AUTHORIZE, "workspace=%61cme"),
    (AUTHORIZE, "workspace=acme+&scope=viewer"),
]


@pytest.mark.parametrize("name", TOKENS)
@pytest.mark.parametrize(("path", "query"), QUERIES)
def test_a_plain_call_is_answered_by_the_gate_as_by_django(acme, django, name, path, query):
    token = TOKENS[name](acme)
    at_the_gate = call(FastPath(closed), environ(path, query, **bearer(token)))
    assert at_the_gate == call(django, environ(path, query, **bearer(token)))


@pytest.mark.parametrize(
    "header", [None, "", "Bearer x", "Bearer", "Basic eA==", "Bearer lkey_" + "0" * 59, "Bearer a, Bearer b", "\xff"]
)
@pytest.mark.parametrize("cookie", ["", "sessionid=abc"])
def test_who_is_not_let_in_is_told_the_same(django, header, cookie):
    more = {"HTTP_COOKIE": cookie, **({} if header is None else {"HTTP_AUTHORIZATION": header})}
    assert call(FastPath(closed), environ(ME, **more)) == call(django, environ(ME, **more))


@pytest.mark.parametrize(
    "request_of",
    [
        lambda token: environ(ME, method="HEAD", **bearer(token)),
        lambda token: environ(ME, method="POST", **bearer(token)),
        lambda token: environ(ME, "x=1", **bearer(token)),
        lambda token: environ(ME, body=b"{}", **bearer(token)),
        lambda token: environ(ME, HTTP_TRANSFER_ENCODING="chunked", **bearer(token)),
        lambda token: environ(AUTHORIZE, "", **bearer(token)),
        lambda token: environ(AUTHORIZE, "workspace=acme&scope=boss", **bearer(token)),
        lambda token: environ(AUTHORIZE, "workspace=acme&scope=viewer&scope=owner", **bearer(token)),
        lambda token: environ(AUTHORIZE, "workspace=acme&x=1", **bearer(token)),
        lambda token: environ(AUTHORIZE, "&".join(["workspace=acme"] * 21), **bearer(token)),
        lambda token: environ(AUTHORIZE, "&".join(["workspace=acme"] * 2000), **bearer(token)),
        lambda token: environ("/api/v1/workspaces", **bearer(token)),
        lambda token: environ("/help/errors"),
    ],
)
def test_what_is_not_plain_goes_on_to_django_uncounted(acme, django, request_of, monkeypatch):
    token = make_token(acme)
    monkeypatch.setattr(fast_path, "authenticate_and_count", lambda *args: pytest.fail("It is not for the gate."))
    seen = []

    def behind(request, start_response):
        seen.append(request)
        return django(request, start_response)

    assert call(FastPath(behind), request_of(token))[0]
    assert len(seen) == 1


def test_nothing_long_is_remembered_of_what_anybody_asks(acme, django):
    introspection._parsed.cache_clear()
    middleware._resolved.cache_clear()
    long = "a" * 5000
    token = make_token(acme)
    assert call(FastPath(django), environ(AUTHORIZE, f"workspace={long}"))[0] == "401 Unauthorized"
    assert call(FastPath(django), environ(AUTHORIZE, f"workspace={long}", **bearer(token)))[0] == "403 Forbidden"
    assert call(FastPath(django), environ(f"/api/v1/workspaces/{long}/projects", **bearer(token)))[0] == "404 Not Found"
    assert introspection._parsed.cache_info().currsize == 0
    assert middleware._resolved.cache_info().currsize == 1, "The address of authorize."


def test_calls_are_counted_and_limited(acme):
    acme.rate_limit = 2
    acme.save()
    token = make_token(acme)
    statuses = [call(FastPath(closed), environ(ME, HTTP_USER_AGENT="curl/8", **bearer(token)))[0] for _ in range(3)]
    assert statuses == ["200 OK", "200 OK", "429 Too Many Requests"]
    usage.flush()
    row = AccessToken.objects.get()
    assert (row.use_count, row.last_ip_address, row.last_client) == (2, "203.0.113.7", "curl")


def test_failures_are_counted_and_limited(settings):
    settings.FAILURE_LIMIT = 1
    statuses = [call(FastPath(closed), environ(ME, HTTP_AUTHORIZATION="Bearer x"))[0] for _ in range(2)]
    assert statuses == ["401 Unauthorized", "429 Too Many Requests"]


@pytest.mark.parametrize(
    ("error", "told"),
    [(OperationalError("gone"), "503 Service Unavailable"), (ValueError("?"), "500 Internal Server Error")],
)
def test_what_goes_wrong_is_djangos_to_tell(acme, django, monkeypatch, settings, error, told):
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False
    token = make_token(acme)

    def fail(header):
        raise error

    monkeypatch.setattr(request_auth, "authenticate", fail)
    status, headers, _ = call(FastPath(django), environ(ME, **bearer(token)))
    assert (status, headers["Content-Type"]) == (told, "application/problem+json")
    assert ("Retry-After" in headers) == (status[:3] == "503")


def test_a_request_id_is_made_where_none_came(acme):
    request = environ(ME, **bearer(make_token(acme)))
    del request["HTTP_X_REQUEST_ID"]
    ids = {call(FastPath(closed), dict(request))[1]["X-Request-Id"] for _ in range(2)}
    assert len(ids) == 2
