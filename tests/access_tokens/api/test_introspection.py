"""What services and gateways ask that receive Latchkey's tokens."""

from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlencode

import pytest
from authlib.integrations.requests_client import OAuth2Session
from django.utils import timezone

from access_tokens.authentication.usage import usage
from access_tokens.models import AccessToken
from tests.factories import WorkspaceFactory, all_roles_except, expired, make_token
from tests.roles import EACH_ROLE
from workspaces.api.problems import Problem
from workspaces.permissions import Role

INTROSPECT = "/api/v1/introspect"
AUTHORIZE = "/api/v1/authorize"
FORM = "application/x-www-form-urlencoded"
DAY = timedelta(days=1)


@pytest.fixture
def service(acme):
    """The token of a service: the weakest one will do."""
    return make_token(acme, label="Service")


def ask(api, service, token, **more):
    return api.request("post", INTROSPECT, service, urlencode({"token": token, **more}), content_type=FORM)


# Introspection


def test_an_active_token_is_told_with_its_scope_and_counts_as_used(api, acme, service, settings):
    end = timezone.now().replace(microsecond=0) + DAY
    shown = make_token(acme, Role.TEAM_MEMBER, expires_at=end)
    answer = ask(api, service, shown.plaintext, token_type_hint="access_token")
    assert answer.status_code == HTTPStatus.OK
    assert answer.json() == {
        "active": True,
        "scope": "team_member",
        "sub": shown.row.key_id,
        "client_id": shown.row.token_id,
        "token_type": "Bearer",
        "exp": int(end.timestamp()),
        "iat": int(shown.row.created_at.timestamp()),
        "iss": settings.PUBLIC_URL,
        "workspace": "acme",
    }
    usage.flush()
    assert set(AccessToken.objects.filter(use_count=1)) == {shown.row, service.row}


def test_a_token_without_an_end_has_no_exp(api, acme, service):
    assert "exp" not in ask(api, service, make_token(acme).plaintext).json()


def test_all_else_is_just_not_active(api, acme, service):
    """Inactive tokens get no other field (RFC 7662, section 2.2)."""
    good, off = make_token(acme).plaintext, make_token(acme, Role.OWNER)
    acme.available_roles = all_roles_except(Role.TEAM_MEMBER)
    acme.save()
    others = [
        make_token(acme, **expired()).plaintext,
        make_token(acme, disabled_at=timezone.now()).plaintext,
        make_token(acme, Role.TEAM_MEMBER).plaintext,
        make_token(scope=Role.OWNER).plaintext,
        off.plaintext[:-1],
        off.plaintext[:20] + ("a" if off.plaintext[20] != "a" else "b") + off.plaintext[21:],
        *(good.lower(), f"{good}\n", f" {good}", "", "\0", "lkey_", "x" * 9000, "ключ"),
    ]
    for token in others:
        answer = ask(api, service, token)
        assert (answer.status_code, answer.json()) == (HTTPStatus.OK, {"active": False}), token
    assert ask(api, service, good).json()["active"]


@pytest.mark.parametrize("form", ["", "hint=x"])
def test_a_form_without_a_token_is_refused(api, service, form):
    answer = api.request("post", INTROSPECT, service, form, content_type=FORM)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert [error["pointer"] for error in answer.json()["errors"]] == ["token"]


def test_it_takes_a_form_and_nothing_else(api, service):
    answer = api.post(INTROSPECT, service, {"token": service.plaintext})
    assert answer.status_code == HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    assert FORM in answer.json()["detail"]


def test_a_form_in_another_charset_is_400(api, service):
    answer = api.request("post", INTROSPECT, service, "token=x", content_type=f"{FORM}; charset=latin-1")
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert answer.json()["type"] == Problem.BAD_REQUEST.url


@pytest.mark.parametrize("state", [{"disabled_at": timezone.now()}, expired()])
def test_who_is_not_active_may_not_ask(api, acme, service, state):
    assert ask(api, make_token(acme, **state), service.plaintext).status_code == HTTPStatus.UNAUTHORIZED
    assert ask(api, None, service.plaintext).status_code == HTTPStatus.UNAUTHORIZED


@pytest.mark.django_db(transaction=True)
def test_an_oauth_library_introspects_as_it_is(live_server):
    acme = WorkspaceFactory(slug="acme")
    service, shown = make_token(acme), make_token(acme, Role.ADMINISTRATOR)
    client = OAuth2Session(token_endpoint_auth_method="none")
    told = []
    for token in (shown.plaintext, "nonsense"):
        headers = {"Authorization": f"Bearer {service.plaintext}", "Content-Type": FORM}
        answer = client.introspect_token(f"{live_server.url}{INTROSPECT}", token=token, headers=headers)
        told.append(answer.json())
    assert (told[0]["active"], told[0]["scope"]) == (True, "administrator")
    assert told[1] == {"active": False}


# For gateways


@pytest.mark.parametrize("needed", Role, ids=lambda role: role.api_name)
@EACH_ROLE
def test_a_token_passes_whose_scope_is_enough(api, acme, role, needed):
    caller = make_token(acme, role)
    answer = api.get(AUTHORIZE, caller, data={"workspace": "acme", "scope": needed.api_name})
    if role >= needed:
        assert (answer.status_code, answer.content) == (HTTPStatus.OK, b"")
        assert answer.headers["X-Latchkey-Workspace"] == "acme"
        assert answer.headers["X-Latchkey-Key-Id"] == caller.row.key_id
        assert answer.headers["X-Latchkey-Scope"] == role.api_name
    else:
        assert answer.status_code == HTTPStatus.FORBIDDEN
        assert f'error="insufficient_scope", scope="{needed.api_name}"' in answer.headers["WWW-Authenticate"]
        assert ("or above" in answer.json()["detail"]) == (needed != Role.OWNER)
        assert "X-Latchkey-Workspace" not in answer.headers


def test_each_workspace_that_is_named_may_pass_and_no_other(api, acme):
    WorkspaceFactory(slug="globex")
    caller, stranger = make_token(acme), make_token(WorkspaceFactory(slug="initech"), Role.OWNER)
    assert api.get(f"{AUTHORIZE}?workspace=globex&workspace=acme", caller).status_code == HTTPStatus.OK
    for named in ("globex", "acme", "ACME", "nowhere", ""):
        assert api.get(AUTHORIZE, stranger, data={"workspace": named}).status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("query", ["", "scope=viewer", "workspace=acme&scope=boss", "workspace=acme&scope="])
def test_a_gateway_that_names_no_workspace_or_no_scope_is_told(api, service, query):
    answer = api.get(f"{AUTHORIZE}?{query}", service)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_who_brings_no_good_token_is_challenged(api, acme):
    for token, error in ((None, False), (make_token(acme, **expired()), True)):
        answer = api.get(AUTHORIZE, token, data={"workspace": "acme"})
        assert answer.status_code == HTTPStatus.UNAUTHORIZED
        assert ("invalid_token" in answer.headers["WWW-Authenticate"]) == error
