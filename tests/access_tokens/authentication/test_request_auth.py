"""An access token in `Authorization: Bearer` authenticates API requests. Nothing else does."""

import pytest
from django.test import Client
from django.utils import timezone

from access_tokens import token_crypto, token_format
from access_tokens.models import AccessToken
from tests.factories import UserFactory, WorkspaceFactory, all_roles_except, expired, make_token
from workspaces.api.problems import Problem
from workspaces.permissions import ALL_ROLES, Role, role_bits

pytestmark = pytest.mark.django_db

ME = "/api/v1/me"
MISSING_TOKEN = "Send an access token in the header “Authorization: Bearer lkey_…”."
UNKNOWN_TOKEN = "This access token is not valid."
CHALLENGE = 'Bearer realm="Latchkey"'
CHALLENGE_WITH_ERROR = 'Bearer realm="Latchkey", error="invalid_token"'


@pytest.fixture
def token():
    return make_token()


def get(header=None, *, path=ME, client=None, **kwargs):
    headers = {**kwargs.pop("headers", {}), **({"Authorization": header} if header is not None else {})}
    return (client or Client()).get(path, headers=headers, **kwargs)


def assert_401(response, detail, problem=Problem.INVALID_TOKEN):
    """The challenge has an `error` if the request had a token (RFC 6750, section 3.1)."""
    challenge = CHALLENGE if problem is Problem.MISSING_TOKEN else CHALLENGE_WITH_ERROR
    assert response.status_code == 401
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["WWW-Authenticate"] == challenge
    assert response.json() == {"type": problem.url, "title": problem.title, "status": 401, "detail": detail}


# What authenticates


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR", "Bearer  "])
def test_scheme_is_case_insensitive(token, scheme):
    """RFC 9110, section 11.1."""
    response = get(f"{scheme} {token.plaintext}")
    assert response.status_code == 200
    assert response.json()["token"]["key_id"] == token.row.key_id


# What does not authenticate


@pytest.mark.parametrize("header", [None, ""])
def test_request_without_a_token_is_asked_for_one(header):
    assert_401(get(header), MISSING_TOKEN, Problem.MISSING_TOKEN)


@pytest.mark.parametrize("scheme", ["Basic", "Token", "Digest", "ApiKey", "lkey"])
def test_other_schemes_are_not_accepted(token, scheme):
    assert_401(get(f"{scheme} {token.plaintext}"), MISSING_TOKEN, Problem.MISSING_TOKEN)


def test_token_without_a_scheme_is_not_accepted(token):
    assert_401(get(token.plaintext), MISSING_TOKEN, Problem.MISSING_TOKEN)


@pytest.mark.parametrize("separator", [", ", ",", "\t", "; "])
def test_two_tokens_in_one_header_are_rejected(token, separator):
    """Servers join repeated headers with a comma (RFC 9110, section 5.3)."""
    two = get(f"Bearer {token.plaintext}{separator}Bearer {token.plaintext}")
    assert two.status_code == 401
    assert separator == "\t" or two.json()["detail"].startswith("Send one access token")
    assert get(f"Bearer {token.plaintext}{separator}{token.plaintext}").status_code == 401
    assert get(f"Basic eA=={separator}Bearer {token.plaintext}").status_code == 401


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer:{}", "Bearer{}", "Bearer {} x", "Bearer\xa0{}"])
def test_malformed_header_is_rejected(token, header):
    assert get(header.format(token.plaintext)).status_code == 401


@pytest.mark.parametrize("name", ["access_token", "token", "Authorization", "api_key"])
def test_token_anywhere_else_is_not_accepted(token, name):
    plaintext = token.plaintext
    assert_401(get(path=f"{ME}?{name}={plaintext}"), MISSING_TOKEN, Problem.MISSING_TOKEN)
    posted = Client().post("/api/v1/workspaces", {name: plaintext})
    assert_401(posted, MISSING_TOKEN, Problem.MISSING_TOKEN)
    assert_401(get(headers={f"X-{name}": plaintext, "X-Api-Key": plaintext}), MISSING_TOKEN, Problem.MISSING_TOKEN)
    client = Client()
    client.cookies[name] = plaintext
    assert_401(get(client=client), MISSING_TOKEN, Problem.MISSING_TOKEN)


@pytest.mark.parametrize("method", ["get", "post", "patch", "delete", "put", "options", "head"])
@pytest.mark.parametrize("path", [ME, "/api/v1/workspaces/acme/projects", "/api/v1/nowhere", "/api/", "/api/v2/me"])
def test_every_path_of_the_api_needs_a_token(method, path):
    assert getattr(Client(), method)(path).status_code == 401


# Sessions


@pytest.mark.parametrize("is_valid", [True, False])
def test_session_does_not_authenticate(is_valid):
    client = Client(enforce_csrf_checks=True)
    if is_valid:
        client.force_login(UserFactory(is_staff=True, is_superuser=True))
        client.get("/accounts/login")
    else:
        client.cookies["sessionid"] = "x" * 32
    client.cookies["csrftoken"] = csrf = "a" * 32
    for response in (
        client.get(ME),
        client.get(ME, headers={"X-CSRFToken": csrf}),
        client.post("/api/v1/workspaces", {"csrfmiddlewaretoken": csrf}, headers={"X-CSRFToken": csrf}),
    ):
        detail = f"A browser session does not authenticate API requests. {MISSING_TOKEN}"
        assert_401(response, detail, Problem.MISSING_TOKEN)


def test_session_next_to_a_token_has_no_effect(token):
    client = Client()
    client.force_login(UserFactory())
    assert get(f"Bearer {token.plaintext}", client=client).status_code == 200
    assert_401(get(f"Bearer {token_format.generate().plaintext}", client=client), UNKNOWN_TOKEN)


def test_session_is_not_read(django_assert_num_queries):
    client = Client()
    client.force_login(UserFactory())
    with django_assert_num_queries(0):
        assert get(client=client).status_code == 401


def test_requests_need_no_csrf_token():
    manager = make_token(scope=Role.TEAM_MEMBER)
    response = Client(enforce_csrf_checks=True).post(
        f"/api/v1/workspaces/{manager.row.workspace.slug}/projects",
        {"name": "Site"},
        content_type="application/json",
        headers={"Authorization": f"Bearer {manager.plaintext}"},
    )
    assert response.status_code == 201


# Malformed and unknown tokens


def malformed(plaintext):
    yield from ("x", "lkey_", plaintext[:-1], plaintext + "0", plaintext.upper(), f"{plaintext[:20]}\0{plaintext[21:]}")
    yield plaintext[:30] + ("0" if plaintext[30] != "0" else "1") + plaintext[31:]
    yield from ("lkey_" + "é" * 59, "ключ", "lkey_" + "٣" * 59, "a" * 10_000, plaintext[:-6] + "000000")


def test_malformed_token_is_rejected_without_a_query(token, django_assert_num_queries):
    with django_assert_num_queries(0):
        for text in malformed(token.plaintext):
            assert_401(get(f"Bearer {text}"), UNKNOWN_TOKEN)


def forge(key_id):
    """Return a well-formed token with this key ID and another secret."""
    body = f"lkey_{key_id}{token_format.generate().plaintext[15:58]}"
    return body + token_format.checksum(body)


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"disabled_at": timezone.now()},
        expired(),
        {"workspace": lambda: WorkspaceFactory(available_roles=role_bits(Role.OWNER))},
    ],
    ids=["active", "disabled", "expired", "scope not available"],
)
def test_wrong_secret_gets_the_same_response_as_an_unknown_token(state):
    token = make_token(**{name: value() if callable(value) else value for name, value in state.items()})
    wrong_secret = get(f"Bearer {forge(token.row.key_id)}", headers={"X-Request-Id": "same-for-both"})
    unknown = get(f"Bearer {token_format.generate().plaintext}", headers={"X-Request-Id": "same-for-both"})
    assert_401(unknown, UNKNOWN_TOKEN)
    assert wrong_secret.content == unknown.content
    assert dict(wrong_secret.headers) == dict(unknown.headers)


# Statuses, revealed only to requests with the whole token


def test_disabled_token_is_rejected(token):
    AccessToken.objects.update(disabled_at=timezone.now())
    assert_401(get(f"Bearer {token.plaintext}"), "This access token is disabled.", Problem.TOKEN_DISABLED)


def test_expired_token_is_rejected_with_its_expiry():
    token = make_token(**expired())
    detail = f"This access token expired at {token.row.expires_at:%Y-%m-%dT%H:%M:%SZ}."
    assert_401(get(f"Bearer {token.plaintext}"), detail, Problem.TOKEN_EXPIRED)


def test_token_is_rejected_while_its_scope_is_not_available():
    workspace = WorkspaceFactory(available_roles=all_roles_except(Role.TEAM_MEMBER))
    token = make_token(workspace, Role.TEAM_MEMBER)
    detail = "The scope Team Member of this access token is not available in its workspace."
    assert_401(get(f"Bearer {token.plaintext}"), detail, Problem.SCOPE_UNAVAILABLE)
    workspace.available_roles = ALL_ROLES
    workspace.save()
    assert get(f"Bearer {token.plaintext}").status_code == 200


def test_disabled_comes_before_expired():
    token = make_token(**expired(disabled_at=timezone.now()))
    assert_401(get(f"Bearer {token.plaintext}"), "This access token is disabled.", Problem.TOKEN_DISABLED)


def test_changes_apply_to_the_next_request(token):
    changes: list[dict[str, object]] = [
        {"disabled_at": timezone.now()},
        expired(),
        {"digest": b"x" * 32},
        {"key_id": "0000000000"},
    ]
    for change in changes:
        fresh = make_token()
        assert get(f"Bearer {fresh.plaintext}").status_code == 200
        AccessToken.objects.filter(pk=fresh.row.pk).update(**change)
        assert get(f"Bearer {fresh.plaintext}").status_code == 401
    token.row.delete()
    assert_401(get(f"Bearer {token.plaintext}"), UNKNOWN_TOKEN)


def test_digest_with_an_older_pepper_is_accepted_while_the_pepper_is_in_the_ring(token, settings):
    settings.TOKEN_PEPPERS = f"{token_crypto.generate_key('k9')},{settings.TOKEN_PEPPERS}"
    assert get(f"Bearer {token.plaintext}").status_code == 200
    settings.TOKEN_PEPPERS = token_crypto.generate_key("k9")
    assert_401(get(f"Bearer {token.plaintext}"), UNKNOWN_TOKEN)
