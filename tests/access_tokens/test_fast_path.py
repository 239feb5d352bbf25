"""The fast path responds and counts exactly as Django does, and takes every simple request."""

import io
import json
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.db import InterfaceError, OperationalError, transaction
from django.test import override_settings
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from access_tokens import middleware, token_format
from access_tokens.api import introspection, token_responses
from access_tokens.authentication import counting, request_auth
from access_tokens.authentication.counting import MinuteCounter
from access_tokens.authentication.failed_attempts import failed_attempts
from access_tokens.authentication.lookup import TOKEN_BY_KEY_ID
from access_tokens.authentication.usage import usage
from access_tokens.middleware import FastPath
from access_tokens.models import AccessToken, FailedAttempts, HourlyRejections
from access_tokens.token_format import generate
from tests.access_tokens.wsgi_requests import bearer, build_environ, django_application, no_django, send
from tests.factories import WorkspaceFactory, all_roles_except, expired, make_token
from workspaces.permissions import Role

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]
ME, AUTHORIZE = "/api/v1/me", "/api/v1/authorize"
NOON = datetime(2027, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def acme():
    return WorkspaceFactory(slug="acme", available_roles=all_roles_except(Role.TEAM_MEMBER))


@pytest.fixture
def django():
    with django_application() as application:
        yield application


def respond_and_count(application, environ, *, failure=None, earlier: Sequence[int] = ()) -> dict[str, Any]:
    """Return the response to a request, what was counted and what was logged. Roll back what it changed.

    failure: where to raise which error. earlier: primary keys of tokens that have one request in this minute already.
    """
    usage.reset()
    failed_attempts.reset()
    counting.token_counter = MinuteCounter()
    for token_pk in earlier:
        counting.count_request(token_pk, limit=9, stored_minute=0, stored_requests=0)
        failed_attempts.count("203.0.113.7")
    [handler] = [handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler]
    with transaction.atomic():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(handler, "stream", io.StringIO())
            patch.setattr(middleware, "random", SimpleNamespace(getrandbits=lambda bits: 7))
            if failure:
                (module, name), error = failure
                patch.setattr(module, name, raiser(error))
            response = send(application, environ)
            lines = handler.stream.getvalue().splitlines()
        with counting.token_counter.flushing() as rate_limits:
            counted_requests = dict(rate_limits.counts)
        usage.flush()
        seen = {
            "response": response,
            "rate limits": counted_requests,
            "uses": dict(AccessToken.objects.exclude(use_count=0).values_list("key_id", "use_count")),
            "rejections": list(HourlyRejections.objects.values_list("token__key_id", "reason", "requests")),
            "failed attempts": list(FailedAttempts.objects.values_list("address", "count")),
            "log": [without_time_and_traceback(json.loads(line)) for line in lines],
        }
        transaction.set_rollback(True)
    return seen


def without_time_and_traceback(line):
    return {name: value for name, value in line.items() if name not in {"timestamp", "exception"}}


# Any request, and any failure of ours


ODD_PATHS = ["", "/", "/me", "/api/v1/", "/api/v2/me", "/API/v1/me", "/api/v1/openapi.json"]
SPELLINGS = ["{}", "{}/", "/{}", "{}\0", "{}\xe9", "{}%20", "{}?", "{};x=1", "{}/..", " {}"]
PATHS = st.one_of(
    st.sampled_from([ME, AUTHORIZE]),
    st.builds(str.format, st.sampled_from(SPELLINGS), st.sampled_from([ME, AUTHORIZE, "/api/v1//me", "/api/v1/%6de"])),
    st.sampled_from(ODD_PATHS),
)
FIELDS = st.sampled_from(["workspace", "scope", "x", "", "Workspace", "workspace[]", "%77orkspace", "\xff"])
VALUES = st.sampled_from(
    [
        "acme",
        "globex",
        "",
        "viewer",
        "owner",
        "boss",
        "%61cme",
        "acme+",
        "%ff",
        "%00",
        "%",
        "\xff",
        "acme;scope=owner",
        "=",
    ]
)
QUERIES = st.one_of(
    st.just(""),
    st.sampled_from(
        ["workspace=acme", "workspace=acme&scope=viewer", "workspace=globex", "workspace=acme&scope=owner"]
    ),
    st.lists(st.builds("{}={}".format, FIELDS, VALUES), max_size=4).map("&".join),
    st.sampled_from(["&", "workspace", "workspace=acme" + "&" * 1500, "&".join(["workspace=acme"] * 21), "?", "#"]),
)
TOKENS = {
    "viewer": lambda: make_token(workspace("acme"), expires_at=NOON + timedelta(days=1)),
    "owner": lambda: make_token(workspace("acme"), Role.OWNER, creator=None),
    "disabled": lambda: make_token(workspace("acme"), disabled_at=NOON),
    "expired": lambda: make_token(workspace("acme"), created_at=NOON - timedelta(days=1), expires_at=NOON),
    "rate limited": lambda: make_token(workspace("acme", rate_limit=1)),
    "deleted workspace": lambda: make_token(workspace("acme", deleted_at=NOON)),
    "other workspace": lambda: make_token(workspace("initech"), Role.OWNER),
}
AUTHORIZATIONS = st.one_of(
    st.sampled_from(
        ["Bearer {}"] * 5 + ["bearer  {}", "Bearer {}x", "Basic {}", "{}", "Bearer {},Bearer {}", "Bearer\t{}"]
    ),
    st.sampled_from([None, "", "Bearer", "Bearer x", f"Bearer {generate().plaintext}", "\xff", "Bearer \xff"]),
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "HTTP_X_REQUEST_ID": st.sampled_from(
            ["edge-7f.3_A", "short", "lkey_0123456789a", "\xff" * 9, "id\r\nX: y", ""]
        ),
        "HTTP_COOKIE": st.sampled_from(["sessionid=abc", "csrftoken=x", "\xff", ";", "sessionid"]),
        "HTTP_USER_AGENT": st.sampled_from(["curl/8.14", "x" * 500, "\xff", ""]),
        "REMOTE_ADDR": st.sampled_from([None, "", "unix:", "2001:db8::1", "fe80::1%eth0"]),
        "CONTENT_LENGTH": st.sampled_from([None, "0", "00", "2", "-1", "x", "9999999"]),
        "CONTENT_TYPE": st.sampled_from(
            ["", "application/json", "text/plain; charset=utf-16", "a/b; CHARSET=nonsense"]
        ),
        "HTTP_TRANSFER_ENCODING": st.sampled_from(["chunked", "", "identity"]),
        "HTTP_HOST": st.sampled_from(["tokens.example", "", "\xff", "a b"]),
        "QUERY_STRING": st.none(),
    },
)
METHODS = st.sampled_from(["GET"] * 6 + ["HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get", "BREW"])
ERRORS = [OperationalError, InterfaceError, ValueError, RuntimeError]
PLACES = [
    (TOKEN_BY_KEY_ID, "get"),
    (token_format, "parse_key_id"),
    (request_auth, "count_request"),
    (usage, "record"),
    (usage, "record_rejection"),
    (failed_attempts, "count"),
    (request_auth, "unauthenticated"),
    (token_responses, "etag_of"),
    (introspection, "PlainResponse"),
    (introspection, "other_workspace"),
]
FAILURES = st.one_of(st.none(), st.tuples(st.sampled_from(PLACES), st.sampled_from(ERRORS)))


def workspace(slug, **fields):
    return WorkspaceFactory(slug=slug, **fields)


@given(
    method=METHODS,
    path=PATHS,
    query=QUERIES,
    name=st.sampled_from(list(TOKENS)),
    authorization=AUTHORIZATIONS,
    headers=HEADERS,
    body=st.sampled_from([b"", b"", b"{}", b"\xff"]),
    earlier_requests=st.integers(0, 1),
    failure=FAILURES,
)
@override_settings(DEBUG_PROPAGATE_EXCEPTIONS=False, FAILURE_LIMIT=1)
def test_any_request_gets_the_same_response_and_counts_as_through_django(
    method, path, query, name, authorization, headers, body, earlier_requests, failure
):
    def build():
        environ = build_environ(path, query, method=method, body=body, **headers)
        return (
            environ if authorization is None else environ | {"HTTP_AUTHORIZATION": authorization.format(token, token)}
        )

    with transaction.atomic(), time_machine.travel(NOON, tick=False), django_application() as django:
        row, token = TOKENS[name]()
        earlier = [row.pk] * earlier_requests
        by_fast_path = respond_and_count(FastPath(django), build(), failure=failure, earlier=earlier)
        by_django = respond_and_count(django, build(), failure=failure, earlier=earlier)
        transaction.set_rollback(True)
    assert by_fast_path == by_django
    assert sum(by_django["rate limits"].values()) <= 1 + earlier_requests
    assert sum(by_django["uses"].values()) <= 1


def raiser(error):
    def fail(*args, **kwargs):
        raise error("of a test")

    return fail


# Which requests take the fast path


SOME_TOKENS = {
    "viewer": lambda acme: make_token(acme, expires_at=timezone.now() + timedelta(days=1)),
    "child of another token": lambda acme: make_token(acme, Role.OWNER, parent=make_token(acme).row, creator=None),
    "with a previous secret": lambda acme: make_token(
        acme,
        previous_secret_expires_at=timezone.now() + timedelta(hours=1),
        previous_secret_digest=b"x",
        previous_secret_use_count=3,
    ),
    "disabled": lambda acme: make_token(acme, disabled_at=timezone.now()),
    "expired": lambda acme: make_token(acme, **expired()),
    "scope not available": lambda acme: make_token(acme, Role.TEAM_MEMBER),
    "of a deleted workspace": lambda acme: make_token(WorkspaceFactory(deleted_at=timezone.now())),
    "of another workspace": lambda acme: make_token(WorkspaceFactory(slug="globex"), Role.OWNER),
}


def send_without_rate_limit(application, environ):
    response = send(application, environ)
    response.headers.pop("RateLimit", None)
    return response


@pytest.mark.parametrize("name", SOME_TOKENS)
@pytest.mark.parametrize(
    ("path", "query"),
    [
        (ME, ""),
        (AUTHORIZE, "workspace=acme"),
        (AUTHORIZE, "workspace=acme&scope=viewer"),
        (AUTHORIZE, "scope=owner&workspace=acme"),
        (AUTHORIZE, "workspace=other&workspace=acme&scope=viewer"),
        (AUTHORIZE, "workspace=%61cme"),
        (AUTHORIZE, "workspace=acme+&scope=viewer"),
    ],
)
def test_simple_request_takes_the_fast_path_and_gets_the_response_of_django(acme, django, name, path, query):
    token = SOME_TOKENS[name](acme)
    by_fast_path = send_without_rate_limit(FastPath(no_django), build_environ(path, query, **bearer(token)))
    assert by_fast_path == send_without_rate_limit(django, build_environ(path, query, **bearer(token)))


@pytest.mark.parametrize("header", [None, "", "Bearer x", "Bearer", "Basic eA==", "Bearer lkey_" + "0" * 59, "\xff"])
@pytest.mark.parametrize("cookie", ["", "sessionid=abc"])
def test_rejected_request_takes_the_fast_path_and_gets_the_response_of_django(django, header, cookie):
    build = lambda: build_environ(ME, HTTP_COOKIE=cookie, HTTP_AUTHORIZATION=header)  # noqa: E731
    assert send(FastPath(no_django), build()) == send(django, build())


@pytest.mark.parametrize(
    "build",
    [
        lambda token: build_environ(ME, method="HEAD", **bearer(token)),
        lambda token: build_environ(ME, method="POST", **bearer(token)),
        lambda token: build_environ(ME, "x=1", **bearer(token)),
        lambda token: build_environ(ME, body=b"{}", **bearer(token)),
        lambda token: build_environ(ME, HTTP_TRANSFER_ENCODING="chunked", **bearer(token)),
        lambda token: build_environ(ME, CONTENT_TYPE="text/plain; charset=utf-16", **bearer(token)),
        lambda token: build_environ(AUTHORIZE, "", **bearer(token)),
        lambda token: build_environ(AUTHORIZE, "workspace=acme&scope=boss", **bearer(token)),
        lambda token: build_environ(AUTHORIZE, "workspace=acme&scope=viewer&scope=owner", **bearer(token)),
        lambda token: build_environ(AUTHORIZE, "workspace=acme&x=1", **bearer(token)),
        lambda token: build_environ(AUTHORIZE, "&".join(["workspace=acme"] * 21), **bearer(token)),
        lambda token: build_environ(AUTHORIZE, "&".join(["workspace=acme"] * 2000), **bearer(token)),
        lambda token: build_environ(AUTHORIZE, "workspace=acme" + "&" * 1500, **bearer(token)),
        lambda token: build_environ("/api/v1/workspaces", **bearer(token)),
        lambda token: build_environ("/help/errors"),
    ],
)
def test_other_request_is_left_to_django_before_anything_is_counted(acme, django, build, monkeypatch):
    counted_by_fast_path: list[Any] = []
    monkeypatch.setattr(middleware, "authenticate_and_count", counted_by_fast_path.append)
    left_to_django = []

    def application(environ, start_response):
        left_to_django.append(environ)
        start_response("200 OK", [])
        return [b""]

    assert send(FastPath(application), build(make_token(acme))).status == "200 OK"
    assert (len(left_to_django), counted_by_fast_path) == (1, [])


def test_caches_keep_no_long_paths_or_queries(acme, django):
    introspection._parse_cached.cache_clear()
    middleware._resolve_cached.cache_clear()
    long = "a" * 5000
    token = make_token(acme)
    application = FastPath(django)
    assert send(application, build_environ(AUTHORIZE, f"workspace={long}")).status == "401 Unauthorized"
    assert send(application, build_environ(AUTHORIZE, f"workspace={long}", **bearer(token))).status == "403 Forbidden"
    path = f"/api/v1/workspaces/{long}/projects"
    assert send(application, build_environ(path, **bearer(token))).status == "404 Not Found"
    assert introspection._parse_cached.cache_info().currsize == 0
    assert middleware._resolve_cached.cache_info().currsize == 1, "Only the path of authorize."


def test_requests_are_counted_and_limited(acme):
    acme.rate_limit = 2
    acme.save()
    environ = build_environ(ME, HTTP_USER_AGENT="curl/8", **bearer(make_token(acme)))
    statuses = [send(FastPath(no_django), dict(environ)).status for _ in range(3)]
    assert statuses == ["200 OK", "200 OK", "429 Too Many Requests"]
    usage.flush()
    row = AccessToken.objects.get()
    assert (row.use_count, row.last_ip_address, row.last_client) == (2, "203.0.113.7", "curl")


def test_failed_attempts_are_counted_and_limited(settings):
    settings.FAILURE_LIMIT = 1
    environ = build_environ(ME, HTTP_AUTHORIZATION="Bearer x")
    statuses = [send(FastPath(no_django), dict(environ)).status for _ in range(2)]
    assert statuses == ["401 Unauthorized", "429 Too Many Requests"]


@pytest.mark.parametrize(
    ("error", "status"),
    [(OperationalError, "503 Service Unavailable"), (ValueError, "500 Internal Server Error")],
)
@pytest.mark.parametrize(("module", "name"), [(TOKEN_BY_KEY_ID, "get"), (token_responses, "etag_of")])
def test_failure_is_one_logged_problem_and_the_request_is_counted_once(acme, settings, module, name, error, status):
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False
    environ = build_environ(ME, **bearer(make_token(acme)))
    seen = respond_and_count(FastPath(no_django), environ, failure=((module, name), error))
    assert (seen["response"].status, seen["response"].headers["Content-Type"]) == (status, "application/problem+json")
    assert ("Retry-After" in seen["response"].headers) == (status[:3] == "503")
    was_counted = name == "etag_of"
    assert sum(seen["uses"].values()) == sum(seen["rate limits"].values()) == was_counted
    assert ("RateLimit" in seen["response"].headers) == was_counted
    [line] = seen["log"]
    assert (line["event"], line["request_id"]) == ("API request failed: /api/v1/me", "the-same-for-both")


def test_request_id_is_generated_if_the_client_sent_none(acme):
    environ = build_environ(ME, HTTP_X_REQUEST_ID=None, **bearer(make_token(acme)))
    ids = {send(FastPath(no_django), dict(environ)).headers["X-Request-Id"] for _ in range(2)}
    assert len(ids) == 2
