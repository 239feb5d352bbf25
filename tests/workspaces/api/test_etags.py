import pytest

from access_tokens.models import AccessToken
from accounts.models import User
from tests.factories import MembershipFactory, ProjectFactory, make_token
from workspaces.api.problems import Problem
from workspaces.models import Event
from workspaces.permissions import Role

pytestmark = pytest.mark.django_db
ACME = "/api/v1/workspaces/acme"
TOKENS, PROJECTS = f"{ACME}/access-tokens", f"{ACME}/projects"


@pytest.fixture
def other(acme):
    return make_token(acme, label="Other").row


def if_match(etag):
    return {"headers": {"If-Match": etag}}


def assert_is(answer, problem):
    assert answer.status_code == problem.status
    assert answer.json()["type"] == problem.url


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
def test_a_change_with_the_current_etag_succeeds(api, owner, things, name):
    url, change = things[name]
    seen = api.get(url, owner).headers["ETag"]
    changed = api.patch(url, owner, change, **if_match(f'"other", {seen}'))
    assert changed.status_code == 200
    assert changed.headers["ETag"] == api.get(url, owner).headers["ETag"] != seen


@EACH
def test_a_change_with_an_old_etag_fails_and_changes_nothing(api, owner, things, name):
    url, change = things[name]
    seen = api.get(url, owner)
    answer = api.patch(url, owner, change, **if_match('"0123456789abcdef"'))
    assert_is(answer, Problem.PRECONDITION_FAILED)
    assert answer.headers["ETag"] == seen.headers["ETag"]
    assert api.get(url, owner).json() == seen.json()
    assert not Event.objects.exists()


@pytest.mark.parametrize("name", ["token", "project", "member"])
def test_a_resource_that_changed_in_the_meantime_is_not_deleted(api, owner, things, name):
    url, change = things[name]
    seen = api.get(url, owner).headers["ETag"]
    api.patch(url, owner, change)
    assert_is(api.delete(url, owner, **if_match(seen)), Problem.PRECONDITION_FAILED)
    assert api.delete(url, owner, **if_match(api.get(url, owner).headers["ETag"])).status_code == 204


@pytest.mark.parametrize("given", ["W/{}", "nonsense", '"', ""])
def test_a_weak_or_malformed_etag_matches_nothing(api, owner, things, given):
    """RFC 9110, 13.1.1: strong comparison."""
    url, change = things["token"]
    seen = api.get(url, owner).headers["ETag"]
    assert_is(api.patch(url, owner, change, **if_match(given.format(seen))), Problem.PRECONDITION_FAILED)


def test_a_star_matches_any_version(api, owner, things):
    url, change = things["token"]
    assert api.patch(url, owner, change, **if_match("*")).status_code == 200
    assert api.patch(f"{TOKENS}/0123456789", owner, change, **if_match("*")).status_code == 404


def test_each_change_of_a_token_changes_its_etag_but_use_does_not(api, owner, other):
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


def test_a_token_deletes_itself_only_with_its_current_etag(api, owner):
    assert_is(api.delete("/api/v1/me", owner, **if_match('"x"')), Problem.PRECONDITION_FAILED)
    seen = api.get("/api/v1/me", owner).headers["ETag"]
    assert api.delete("/api/v1/me", owner, **if_match(seen)).status_code == 204


@pytest.mark.parametrize("mine", [True, False], ids=["one's own", "another's"])
def test_an_overlap_period_is_ended_only_with_the_current_etag(api, owner, other, mine):
    url = "/api/v1/me" if mine else f"{TOKENS}/{other.key_id}"
    api.post(f"{url}/rotate", owner, {"overlap_seconds": 600})
    seen = api.get(url, owner).headers["ETag"]
    assert_is(api.delete(f"{url}/rotation", owner, **if_match('"x"')), Problem.PRECONDITION_FAILED)
    assert api.get(url, owner).headers["ETag"] == seen
    assert api.delete(f"{url}/rotation", owner, **if_match(seen)).status_code == 204


def test_other_errors_take_precedence_over_a_failed_precondition(api, acme, owner):
    """RFC 9110, 13.2.1: a precondition counts for what would succeed without it."""
    viewer = make_token(acme, Role.VIEWER)
    assert api.patch(ACME, viewer, {"name": "Globex"}, **if_match('"x"')).status_code == 403
    assert api.patch(ACME, owner, {"name": " "}, **if_match('"x"')).status_code == 422


def test_roles_are_set_only_with_the_current_etag(api, owner):
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
