"""Issue item 14: a token in `Authorization: Bearer` opens the API, and nothing else does."""

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
NO_TOKEN = "Send an access token in the header “Authorization: Bearer lkey_…”."
NOT_VALID = "This access token is not valid."
WITHOUT_ERROR = 'Bearer realm="Latchkey"'
INVALID_TOKEN = 'Bearer realm="Latchkey", error="invalid_token"'


@pytest.fixture
def token():
    return make_token()


def ask(header=None, *, path=ME, client=None, **kwargs):
    headers = {**kwargs.pop("headers", {}), **({"Authorization": header} if header is not None else {})}
    return (client or Client()).get(path, headers=headers, **kwargs)


def assert_refused(response, detail, problem=Problem.INVALID_TOKEN):
    """`error` is told where a token came (RFC 6750, 3.1)."""
    challenge = WITHOUT_ERROR if problem is Problem.MISSING_TOKEN else INVALID_TOKEN
    assert response.status_code == 401
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["WWW-Authenticate"] == challenge
    assert response.json() == {"type": problem.url, "title": problem.title, "status": 401, "detail": detail}


# What opens the API


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR", "Bearer  "])
def test_a_token_opens_it_whatever_the_case_of_the_scheme(token, scheme):
    """RFC 9110, 11.1: the scheme is case-insensitive."""
    response = ask(f"{scheme} {token.plaintext}")
    assert response.status_code == 200
    assert response.json()["token"]["key_id"] == token.row.key_id


# What does not


@pytest.mark.parametrize("header", [None, ""])
def test_without_a_header_it_asks_for_a_token(header):
    assert_refused(ask(header), NO_TOKEN, Problem.MISSING_TOKEN)


@pytest.mark.parametrize("scheme", ["Basic", "Token", "Digest", "ApiKey", "lkey"])
def test_another_scheme_is_no_token(token, scheme):
    assert_refused(ask(f"{scheme} {token.plaintext}"), NO_TOKEN, Problem.MISSING_TOKEN)


def test_a_token_without_a_scheme_is_no_token(token):
    assert_refused(ask(token.plaintext), NO_TOKEN, Problem.MISSING_TOKEN)


@pytest.mark.parametrize("separator", [", ", ",", "\t", "; "])
def test_two_tokens_in_one_header_are_refused(token, separator):
    """Servers join repeated headers with a comma (RFC 9110, 5.3)."""
    two = ask(f"Bearer {token.plaintext}{separator}Bearer {token.plaintext}")
    assert two.status_code == 401
    assert separator == "\t" or two.json()["detail"].startswith("Send one access token")
    assert ask(f"Bearer {token.plaintext}{separator}{token.plaintext}").status_code == 401
    assert ask(f"Basic eA=={separator}Bearer {token.plaintext}").status_code == 401


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer:{}", "Bearer{}", "Bearer {} x", "Bearer\xa0{}"])
def test_a_header_that_is_not_quite_right_is_refused(token, header):
    assert ask(header.format(token.plaintext)).status_code == 401


@pytest.mark.parametrize("name", ["access_token", "token", "Authorization", "api_key"])
def test_a_token_anywhere_else_is_refused(token, name):
    plaintext = token.plaintext
    assert_refused(ask(path=f"{ME}?{name}={plaintext}"), NO_TOKEN, Problem.MISSING_TOKEN)
    posted = Client().post("/api/v1/workspaces", {name: plaintext})
    assert_refused(posted, NO_TOKEN, Problem.MISSING_TOKEN)
    assert_refused(ask(headers={f"X-{name}": plaintext, "X-Api-Key": plaintext}), NO_TOKEN, Problem.MISSING_TOKEN)
    client = Client()
    client.cookies[name] = plaintext
    assert_refused(ask(client=client), NO_TOKEN, Problem.MISSING_TOKEN)


@pytest.mark.parametrize("method", ["get", "post", "patch", "delete", "put", "options", "head"])
@pytest.mark.parametrize("path", [ME, "/api/v1/workspaces/acme/projects", "/api/v1/nowhere", "/api/", "/api/v2/me"])
def test_nothing_under_api_is_told_to_who_brings_no_token(method, path):
    assert getattr(Client(), method)(path).status_code == 401


# Sessions


@pytest.mark.parametrize("is_valid", [True, False])
def test_a_session_does_not_authenticate_and_is_told_so(is_valid):
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
        detail = f"A browser session does not authenticate API calls. {NO_TOKEN}"
        assert_refused(response, detail, Problem.MISSING_TOKEN)


def test_a_session_beside_a_token_neither_helps_nor_harms(token):
    client = Client()
    client.force_login(UserFactory())
    assert ask(f"Bearer {token.plaintext}", client=client).status_code == 200
    assert_refused(ask(f"Bearer {token_format.generate().plaintext}", client=client), NOT_VALID)


def test_a_session_is_not_even_looked_up(django_assert_num_queries):
    client = Client()
    client.force_login(UserFactory())
    with django_assert_num_queries(0):
        assert ask(client=client).status_code == 401


def test_writing_needs_no_csrf_token():
    manager = make_token(scope=Role.TEAM_MEMBER)
    response = Client(enforce_csrf_checks=True).post(
        f"/api/v1/workspaces/{manager.row.workspace.slug}/projects",
        {"name": "Site"},
        content_type="application/json",
        headers={"Authorization": f"Bearer {manager.plaintext}"},
    )
    assert response.status_code == 201


# What is malformed or unknown


def malformed(plaintext):
    yield from ("x", "lkey_", plaintext[:-1], plaintext + "0", plaintext.upper(), f"{plaintext[:20]}\0{plaintext[21:]}")
    yield plaintext[:30] + ("0" if plaintext[30] != "0" else "1") + plaintext[31:]
    yield from ("lkey_" + "é" * 59, "ключ", "lkey_" + "٣" * 59, "a" * 10_000, plaintext[:-6] + "000000")


def test_a_malformed_token_is_refused_before_any_query(token, django_assert_num_queries):
    with django_assert_num_queries(0):
        for text in malformed(token.plaintext):
            assert_refused(ask(f"Bearer {text}"), NOT_VALID)


def forged(key_id):
    """A well-formed token with this key id and a secret of our own."""
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
    ids=["active", "disabled", "expired", "scope off"],
)
def test_a_wrong_secret_is_answered_like_an_unknown_key_id_whatever_the_state(state):
    token = make_token(**{name: value() if callable(value) else value for name, value in state.items()})
    wrong_secret = ask(f"Bearer {forged(token.row.key_id)}", headers={"X-Request-Id": "same-for-both"})
    unknown = ask(f"Bearer {token_format.generate().plaintext}", headers={"X-Request-Id": "same-for-both"})
    assert_refused(unknown, NOT_VALID)
    assert wrong_secret.content == unknown.content
    assert dict(wrong_secret.headers) == dict(unknown.headers)


# States, told only to who holds the whole token


def test_a_disabled_token_is_told_so(token):
    AccessToken.objects.update(disabled_at=timezone.now())
    assert_refused(ask(f"Bearer {token.plaintext}"), "This access token is disabled.", Problem.TOKEN_DISABLED)


def test_an_expired_token_is_told_since_when():
    token = make_token(**expired())
    detail = f"This access token expired at {token.row.expires_at:%Y-%m-%dT%H:%M:%SZ}."
    assert_refused(ask(f"Bearer {token.plaintext}"), detail, Problem.TOKEN_EXPIRED)


def test_a_token_whose_scope_is_off_is_told_which_and_works_again_once_it_is_back():
    workspace = WorkspaceFactory(available_roles=all_roles_except(Role.TEAM_MEMBER))
    token = make_token(workspace, Role.TEAM_MEMBER)
    detail = "The scope Team Member of this access token is switched off in its workspace."
    assert_refused(ask(f"Bearer {token.plaintext}"), detail, Problem.SCOPE_UNAVAILABLE)
    workspace.available_roles = ALL_ROLES
    workspace.save()
    assert ask(f"Bearer {token.plaintext}").status_code == 200


def test_a_token_that_is_disabled_and_expired_is_told_the_first():
    token = make_token(**expired(disabled_at=timezone.now()))
    assert_refused(ask(f"Bearer {token.plaintext}"), "This access token is disabled.", Problem.TOKEN_DISABLED)


def test_the_very_next_call_fails_after_each_change(token):
    changes: list[dict[str, object]] = [
        {"disabled_at": timezone.now()},
        expired(),
        {"digest": b"x" * 32},
        {"key_id": "0000000000"},
    ]
    for change in changes:
        fresh = make_token()
        assert ask(f"Bearer {fresh.plaintext}").status_code == 200
        AccessToken.objects.filter(pk=fresh.row.pk).update(**change)
        assert ask(f"Bearer {fresh.plaintext}").status_code == 401
    token.row.delete()
    assert_refused(ask(f"Bearer {token.plaintext}"), NOT_VALID)


def test_a_digest_made_with_an_older_pepper_still_opens(token, settings):
    settings.TOKEN_PEPPERS = f"{token_crypto.generate_key('k9')},{settings.TOKEN_PEPPERS}"
    assert ask(f"Bearer {token.plaintext}").status_code == 200
    settings.TOKEN_PEPPERS = token_crypto.generate_key("k9")
    assert_refused(ask(f"Bearer {token.plaintext}"), NOT_VALID)
