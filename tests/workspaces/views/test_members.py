"""The list of members: who sees what, search, filter, sort, columns."""

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from tests.access_tokens.views.console_client import HTMX, member
from tests.factories import AccessTokenFactory, MembershipFactory, UserFactory, WorkspaceFactory, all_roles_except
from tests.roles import EACH_ROLE
from workspaces.models import Membership
from workspaces.permissions import Role, can_manage_role

VIEW = "workspaces:members"


@pytest.fixture
def people(acme):
    """Ada, who made two tokens here, and Bob, who has no name and was seen."""
    ada = MembershipFactory(
        workspace=acme, role=Role.VIEWER, user=UserFactory(email="ada@acme.example", name="Ada Lovelace")
    )
    bob = MembershipFactory(
        workspace=acme, role=Role.TEAM_MEMBER, user=UserFactory(email="bob@acme.example"), last_seen_at=timezone.now()
    )
    AccessTokenFactory.create_batch(2, workspace=acme, creator=ada.user)
    AccessTokenFactory(creator=ada.user)
    return ada, bob


def shown(response):
    return [row.record.user.display_name for row in response.context["table"].rows]


def heads(response):
    return [column.header for column in response.context["table"].columns]


@EACH_ROLE
def test_each_role_sees_the_members_and_administrators_see_what_they_do(as_member, people, role):
    response = as_member(role).get(VIEW)
    assert response.status_code == 200
    common = ["Name", "E-mail", "Role", "Joined", "Tokens created"]
    seen = ["Last seen", "MFA"] if role >= Role.ADMINISTRATOR else []
    assert heads(response) == [*common, *seen, "Actions"]


@EACH_ROLE
def test_who_may_not_see_it_can_neither_sort_by_it_nor_choose_it(as_member, people, role):
    person = as_member(role)
    Membership.objects.filter(user=person.user).update(table_columns={"members": ["role", "last_seen_at"]})
    response = person.get(VIEW, query={"sort": "-last_seen_at"})
    table = response.context["table"]
    may = role >= Role.ADMINISTRATOR
    assert (table.sort == "-last_seen_at") == may
    assert ("Last seen" in heads(response)) == may
    for offered in (table.column_switches, table.sort_options):
        assert any("last_seen_at" in value for value, *_ in offered) == may


@EACH_ROLE
def test_each_is_offered_what_they_may_do(acme, as_member, role):
    person = as_member(role)
    others = {one: MembershipFactory(workspace=acme, role=one) for one in Role}
    text = person.get(VIEW).text
    managed = {one for one in Role if can_manage_role(role, one)}
    assert {one for one, row in others.items() if f'id="role-{row.pk}"' in text} == managed
    assert {one for one, row in others.items() if f'id="remove-{row.pk}"' in text} == managed
    assert text.count('id="leave"') == 1
    above = {one for one in Role if f'name="role" value="{one.api_name}"' in text}
    assert above == ({one for one in Role if one <= role} if managed else set())


def test_roles_that_are_switched_off_are_not_on_offer(acme, owner, people):
    acme.available_roles = all_roles_except(Role.ADMINISTRATOR)
    acme.save()
    assert 'name="role" value="administrator"' not in owner.get(VIEW).text


def test_mfa_is_on_with_an_app_or_a_passkey_and_off_with_recovery_codes_alone(owner, people):
    for person, kind in zip(people, ("totp", "recovery_codes"), strict=True):
        Authenticator.objects.create(user=person.user, type=kind, data={})
    Authenticator.objects.create(user=owner.user, type="webauthn", data={})
    rows = {row.record.user.email: row.get_cell("mfa") for row in owner.get(VIEW).context["table"].rows}
    on = {email for email, cell in rows.items() if "On" in cell}
    assert on == {"ada@acme.example", owner.user.email}


def test_tokens_are_counted_that_they_created_here(owner, people):
    rows = {row.record.user.email: row.record.token_count for row in owner.get(VIEW).context["table"].rows}
    assert rows == {"ada@acme.example": 2, "bob@acme.example": 0, owner.user.email: 0}
    assert "/workspace/acme/access-tokens?q=ada%40acme.example" in owner.get(VIEW).text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "LOVELACE"}, ["Ada Lovelace"]),
        ({"q": "bob@"}, ["bob@acme.example"]),
        ({"role": "viewer"}, ["Ada Lovelace"]),
        ({"role": "viewer", "q": "bob"}, []),
        ({"sort": "-tokens", "q": "a"}, ["Ada Lovelace", "bob@acme.example"]),
        ({"sort": "-name", "q": "@acme.example", "role": "nonsense"}, ["bob@acme.example", "Ada Lovelace"]),
        ({"sort": "role", "q": "@"}, ["Ada Lovelace", "bob@acme.example"]),
        ({"sort": "last_seen_at", "q": "@acme.example"}, ["Ada Lovelace", "bob@acme.example"]),
    ],
)
def test_search_filter_and_sort(owner, people, query, found):
    User.objects.filter(pk=owner.user.pk).update(email="zoe@elsewhere.example", name="Zoe")
    names = [name for name in shown(owner.get(VIEW, query=query)) if name != "Zoe"]
    assert names == found


@pytest.mark.parametrize("sort", ["name", "email", "role", "joined_at", "tokens", "last_seen_at", "mfa"])
def test_each_sort_has_its_reverse(owner, people, sort):
    one, other = (shown(owner.get(VIEW, query={"sort": f"{sign}{sort}"})) for sign in ("", "-"))
    assert one == other[::-1]


def test_columns_are_chosen_for_this_table_alone(owner, acme):
    response = owner.post("workspaces:member_columns", data={"columns": ["role", "nonsense"]}, htmx=True)
    assert response.status_code == 200
    assert Membership.objects.get(user=owner.user).table_columns == {"members": ["role"]}
    assert heads(owner.get(VIEW)) == ["Name", "Role"]
    owner.post("workspaces:member_columns", data={"reset": "1"})
    assert Membership.objects.get(user=owner.user).table_columns == {}


def test_who_is_deactivated_is_told_to_be(owner, people):
    User.objects.filter(email="ada@acme.example").update(is_active=False)
    assert owner.get(VIEW).text.count("Deactivated") == 1


def test_htmx_gets_the_section_alone(owner):
    response = owner.get(VIEW, headers=HTMX)
    assert response.text.strip().startswith('<section class="card list" id="members"')
    assert "hx-request" in response.headers["Vary"].lower()


@EACH_ROLE
def test_another_workspaces_members_are_not_found(acme, role):
    stranger = member(WorkspaceFactory(), role)
    stranger.workspace = acme
    assert stranger.get(VIEW).status_code == 404
    assert stranger.post("workspaces:member_columns").status_code == 404


def test_it_takes_no_post_and_its_columns_no_get(owner):
    assert owner.post(VIEW).status_code == 405
    assert owner.get("workspaces:member_columns").status_code == 405


@pytest.mark.parametrize("number", [3, 60])
def test_it_costs_the_same_for_few_and_for_many(owner, acme, number):
    owner.get(VIEW)
    for creator in [MembershipFactory(workspace=acme, role=Role.VIEWER).user for _ in range(number)]:
        AccessTokenFactory(workspace=acme, creator=creator)
    with CaptureQueriesContext(connection) as queries:
        assert owner.get(VIEW, query={"per_page": 100, "sort": "-tokens"}).status_code == 200
    assert len(queries) == 8
