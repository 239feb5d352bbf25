"""Calls that are sent again: `Idempotency-Key` where something is created, `ETag` with `If-Match` where it changes."""

import pytest

from access_tokens.models import AccessToken
from accounts.models import User
from tests.factories import MembershipFactory, ProjectFactory, WorkspaceFactory, make_token
from workspaces.api.problems import Problem
from workspaces.models import Event, IdempotencyKey, Project
from workspaces.permissions import Role

pytestmark = pytest.mark.django_db
ACME = "/api/v1/workspaces/acme"
TOKENS, PROJECTS = f"{ACME}/access-tokens", f"{ACME}/projects"
BODY = {"label": "CI", "scope": "viewer"}


@pytest.fixture
def acme():
    return WorkspaceFactory(slug="acme")


@pytest.fixture
def owner(acme):
    return make_token(acme, Role.OWNER)


@pytest.fixture
def other(acme):
    return make_token(acme, label="Other").row


def with_key(key="first"):
    return {"headers": {"Idempotency-Key": key}}


def if_match(etag):
    return {"headers": {"If-Match": etag}}


def assert_is(answer, problem):
    assert answer.status_code == problem.status
    assert answer.json()["type"] == problem.url


# Creating under a key


def test_a_token_is_made_once_and_the_second_answer_says_where_it_is(api, owner):
    made = api.post(TOKENS, owner, BODY, **with_key()).json()
    again = api.post(TOKENS, owner, BODY, **with_key())
    assert_is(again, Problem.ALREADY_CREATED)
    path = f"{TOKENS}/{made['key_id']}"
    assert again.json()["existing"] == again.headers["Location"] == path
    assert "Rotate the token if you lost it" in again.json()["detail"]
    assert made["token"] not in again.text
    assert api.get(path, owner).json()["key_id"] == made["key_id"]
    assert AccessToken.objects.filter(label="CI").count() == 1
    assert Event.objects.count() == 1


def test_nothing_secret_is_kept_for_it(api, owner):
    made = api.post(TOKENS, owner, BODY, **with_key()).json()
    kept = str(IdempotencyKey.objects.values().get())
    assert made["token"][15:58] not in kept
    assert "first" not in kept


def test_a_token_that_was_deleted_since_is_not_made_again(api, owner):
    made = api.post(TOKENS, owner, BODY, **with_key()).json()
    api.delete(f"{TOKENS}/{made['key_id']}", owner)
    again = api.post(TOKENS, owner, BODY, **with_key())
    assert_is(again, Problem.ALREADY_CREATED)
    assert "has been deleted" in again.json()["detail"]
    assert again.json()["existing"] is None
    assert "Location" not in again.headers


def test_a_project_is_made_once_and_answered_again(api, owner):
    first, again = (api.post(PROJECTS, owner, {"name": "Site"}, **with_key()) for _ in range(2))
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert first.headers["Location"] == again.headers["Location"] == f"{PROJECTS}/{first.json()['id']}"
    assert Project.objects.count() == 1


def test_a_project_that_was_deleted_since_is_not_made_again(api, owner):
    made = api.post(PROJECTS, owner, {"name": "Site"}, **with_key())
    api.delete(made.headers["Location"], owner)
    assert_is(api.post(PROJECTS, owner, {"name": "Site"}, **with_key()), Problem.ALREADY_CREATED)


def test_a_rotation_is_made_once(api, owner, other):
    url = f"{TOKENS}/{other.key_id}/rotate"
    rotated = api.post(url, owner, {"overlap_seconds": 60}, **with_key()).json()
    again = api.post(url, owner, {"overlap_seconds": 60}, **with_key())
    assert_is(again, Problem.ALREADY_CREATED)
    assert again.json()["existing"] == f"{TOKENS}/{other.key_id}"
    assert rotated["token"] not in again.text


@pytest.mark.parametrize("changed", [{**BODY, "label": "CD"}, {**BODY, "expires_at": "2999-01-01T00:00:00Z"}])
def test_the_same_key_with_another_body_is_refused(api, owner, changed):
    api.post(TOKENS, owner, BODY, **with_key())
    assert_is(api.post(TOKENS, owner, changed, **with_key()), Problem.IDEMPOTENCY_KEY_REUSED)
    assert_is(api.post(PROJECTS, owner, {"name": "Site"}, **with_key()), Problem.IDEMPOTENCY_KEY_REUSED)
    assert AccessToken.objects.count() == 2


def test_the_same_body_in_another_spelling_is_the_same(api, owner):
    api.post(TOKENS, owner, BODY, **with_key())
    spelt = '{ "scope" : "viewer",\n "label": "\\u0043I" }'
    assert_is(api.post(TOKENS, owner, spelt, **with_key()), Problem.ALREADY_CREATED)


def test_another_token_has_keys_of_its_own(api, acme, owner):
    api.post(TOKENS, owner, BODY, **with_key())
    assert api.post(TOKENS, make_token(acme, Role.OWNER), BODY, **with_key()).status_code == 201


def test_while_the_first_is_under_way_the_second_is_told_to_wait(api, owner):
    api.post(TOKENS, owner, BODY, **with_key())
    IdempotencyKey.objects.update(result_id="")
    answer = api.post(TOKENS, owner, BODY, **with_key())
    assert_is(answer, Problem.REQUEST_IN_PROGRESS)
    assert answer.headers["Retry-After"] == "1"


def test_after_a_refusal_the_key_is_free_again(api, owner):
    assert api.post(TOKENS, owner, {**BODY, "label": " "}, **with_key()).status_code == 422
    assert api.post(TOKENS, owner, BODY, **with_key()).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "two words", "ключ", "a\tb"])
def test_a_key_that_can_not_be_is_422(api, owner, key):
    answer = api.post(TOKENS, owner, BODY, **with_key(key))
    assert_is(answer, Problem.INVALID_REQUEST)
    assert [error["pointer"] for error in answer.json()["errors"]] == ["Idempotency-Key"]
    assert AccessToken.objects.count() == 1


# Versions


@pytest.fixture
def things(acme, owner, other):
    """What can be changed, and how."""
    member = MembershipFactory(workspace=acme, role=Role.VIEWER)
    return {
        "token": (f"{TOKENS}/{other.key_id}", {"label": "New"}),
        "project": (f"{PROJECTS}/{ProjectFactory(workspace=acme).pk}", {"name": "New"}),
        "member": (f"{ACME}/members/{member.user.email}", {"role": "team_member"}),
        "workspace": (ACME, {"name": "New"}),
    }


EACH = pytest.mark.parametrize("name", ["token", "project", "member", "workspace"])


@EACH
def test_a_change_of_the_version_that_was_seen_is_made(api, owner, things, name):
    url, change = things[name]
    seen = api.get(url, owner).headers["ETag"]
    changed = api.patch(url, owner, change, **if_match(f'"other", {seen}'))
    assert changed.status_code == 200
    assert changed.headers["ETag"] == api.get(url, owner).headers["ETag"] != seen


@EACH
def test_a_change_of_an_older_version_is_412_and_changes_nothing(api, owner, things, name):
    url, change = things[name]
    seen = api.get(url, owner)
    answer = api.patch(url, owner, change, **if_match('"0123456789abcdef"'))
    assert_is(answer, Problem.PRECONDITION_FAILED)
    assert answer.headers["ETag"] == seen.headers["ETag"]
    assert api.get(url, owner).json() == seen.json()
    assert not Event.objects.exists()


@pytest.mark.parametrize("name", ["token", "project", "member"])
def test_what_changed_meanwhile_is_not_deleted(api, owner, things, name):
    url, change = things[name]
    seen = api.get(url, owner).headers["ETag"]
    api.patch(url, owner, change)
    assert_is(api.delete(url, owner, **if_match(seen)), Problem.PRECONDITION_FAILED)
    assert api.delete(url, owner, **if_match(api.get(url, owner).headers["ETag"])).status_code == 204


@pytest.mark.parametrize("given", ["W/{}", "nonsense", '"', ""])
def test_a_weak_or_malformed_tag_matches_nothing(api, owner, things, given):
    """RFC 9110, 13.1.1: strong comparison."""
    url, change = things["token"]
    seen = api.get(url, owner).headers["ETag"]
    assert_is(api.patch(url, owner, change, **if_match(given.format(seen))), Problem.PRECONDITION_FAILED)


def test_a_star_matches_whatever_is_there(api, owner, things):
    url, change = things["token"]
    assert api.patch(url, owner, change, **if_match("*")).status_code == 200
    assert api.patch(f"{TOKENS}/0123456789", owner, change, **if_match("*")).status_code == 404


def test_use_does_not_move_a_version_and_each_change_does(api, owner, other):
    url = f"{TOKENS}/{other.key_id}"

    def tag():
        return api.get(url, owner).headers["ETag"]

    seen = {tag()}
    AccessToken.objects.update(
        last_used_at="2026-11-24T00:00:00Z", use_count=7, rate_limit_minute=1, rate_limit_requests=3
    )
    assert {tag()} == seen
    for change in (
        lambda: api.post(f"{url}/disable", owner),
        lambda: api.post(f"{url}/enable", owner),
        lambda: api.patch(url, owner, {"scope": "owner"}),
        lambda: api.post(f"{url}/rotate", owner, {"overlap_seconds": 60}),
        lambda: api.delete(f"{url}/rotation", owner),
    ):
        change()
        assert tag() not in seen
        seen.add(tag())


def test_a_token_revokes_itself_only_as_it_knows_itself(api, owner):
    assert_is(api.delete("/api/v1/me", owner, **if_match('"x"')), Problem.PRECONDITION_FAILED)
    seen = api.get("/api/v1/me", owner).headers["ETag"]
    assert api.delete("/api/v1/me", owner, **if_match(seen)).status_code == 204


@pytest.mark.parametrize("mine", [True, False], ids=["one's own", "another's"])
def test_a_rotation_is_ended_only_as_it_was_seen(api, owner, other, mine):
    url = "/api/v1/me" if mine else f"{TOKENS}/{other.key_id}"
    api.post(f"{url}/rotate", owner, {"overlap_seconds": 600})
    seen = api.get(url, owner).headers["ETag"]
    assert_is(api.delete(f"{url}/rotation", owner, **if_match('"x"')), Problem.PRECONDITION_FAILED)
    assert api.get(url, owner).headers["ETag"] == seen
    assert api.delete(f"{url}/rotation", owner, **if_match(seen)).status_code == 204


def test_what_would_be_refused_anyway_is_refused_for_that(api, acme, owner):
    """RFC 9110, 13.2.1: a precondition counts for what would succeed without it."""
    viewer = make_token(acme, Role.VIEWER)
    assert api.patch(ACME, viewer, {"name": "Globex"}, **if_match('"x"')).status_code == 403
    assert api.patch(ACME, owner, {"name": " "}, **if_match('"x"')).status_code == 422


def test_roles_are_set_only_over_those_that_were_seen(api, owner):
    chosen = {"available": ["viewer", "owner"]}
    assert_is(api.put(f"{ACME}/roles", owner, chosen, **if_match('"x"')), Problem.PRECONDITION_FAILED)
    seen = api.get(f"{ACME}/roles", owner).headers["ETag"]
    assert api.put(f"{ACME}/roles", owner, chosen, **if_match(seen)).status_code == 200


def etag(api, owner, path):
    return api.get(f"{ACME}{path}", owner).headers["ETag"]


def test_each_change_of_a_workspace_changes_its_etag(api, owner):
    seen = {etag(api, owner, "")}
    for change in (
        {"name": "Globex"},
        {"copy_policy": "show_once"},
        {"requests_per_minute": 30},
        {"max_lifetime_days": 90},
        {"default_expiry": "1w"},
    ):
        assert api.patch(ACME, owner, change).status_code == 200
        assert etag(api, owner, "") not in seen
        seen.add(etag(api, owner, ""))
    api.patch(ACME, owner, {"name": "Globex"})
    assert etag(api, owner, "") in seen


def test_each_change_of_a_project_changes_its_etag(api, acme, owner):
    path = f"/projects/{ProjectFactory(workspace=acme).pk}"
    seen = {etag(api, owner, path)}
    for change in ({"name": "Site"}, {"archived": True}, {"archived": False}):
        api.patch(f"{ACME}{path}", owner, change)
        assert etag(api, owner, path) not in seen
        seen.add(etag(api, owner, path))


@pytest.mark.parametrize("change", [{"name": "Ada"}, {"email": "ada@acme.example"}, {"is_active": False}])
def test_a_members_etag_changes_with_what_it_shows_of_the_person(api, acme, owner, change):
    member = MembershipFactory(workspace=acme)
    seen = etag(api, owner, f"/members/{member.user.email}")
    User.objects.filter(pk=member.user_id).update(**change)
    member.user.refresh_from_db()
    assert etag(api, owner, f"/members/{member.user.email}") != seen


def test_the_etag_of_the_roles_changes_with_the_numbers_of_members_and_tokens(api, acme, owner):
    seen = {etag(api, owner, "/roles")}
    for create in (lambda: MembershipFactory(workspace=acme), lambda: make_token(acme)):
        create()
        assert etag(api, owner, "/roles") not in seen
        seen.add(etag(api, owner, "/roles"))
