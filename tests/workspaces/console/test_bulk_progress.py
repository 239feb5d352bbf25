"""Changes to many tokens that take a part in each request: how far they are is told, and what is done stays done."""

import re
from html import unescape

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from access_tokens import operations
from access_tokens.models import AccessToken
from access_tokens.operations import bulk
from access_tokens.token_preview import MAX_SHOWN
from accounts.models import User
from tests.factories import AccessTokenFactory, MembershipFactory, UserFactory, all_roles_except, make_token
from workspaces.console import bulk_progress
from workspaces.errors import Conflict
from workspaces.events import EventType
from workspaces.models import Event, Membership
from workspaces.permissions import Role

TOKENS = reverse("admin:access_tokens_accesstoken_changelist")


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch):
    """Each request has time for one token."""
    monkeypatch.setattr(bulk_progress, "MAX_SECONDS", 0)
    monkeypatch.setattr(bulk, "MAX_TOKENS_PER_STEP", 1)


@pytest.fixture
def children(acme, token):
    """Three tokens that `token` made."""
    return [make_token(acme, label=f"Child {number}", parent=token).row for number in range(3)]


@pytest.fixture
def ada(acme):
    return MembershipFactory(workspace=acme, user=UserFactory(name="Ada Lovelace"), role=Role.TEAM_MEMBER)


def progress(response):
    """How far it is, as (done, total); None if it is over."""
    found = re.search(r'<progress id="progress" max="(\d+)" value="(\d+)"', response.text)
    return (int(found[2]), int(found[1])) if found else None


def sent_again(response):
    """What the page sends by itself."""
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', response.text)
    data: dict[str, list[str]] = {}
    for name, value in fields:
        data.setdefault(name, []).append(unescape(value))
    return data


def until_it_is_over(post, data):
    """Every answer, and how far each says it is."""
    answers = [post(data)]
    while progress(answers[-1]):
        assert len(answers) < 10
        answers.append(post(sent_again(answers[-1])))
    return answers, [progress(answer) for answer in answers]


def words(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


@pytest.mark.parametrize("htmx", [True, False])
def test_what_a_token_made_is_disabled_one_after_the_other(owner, token, children, htmx):
    AccessToken.objects.filter(pk=token.pk).update(disabled_at=timezone.now())
    answers, far = until_it_is_over(lambda data: owner.post("disable_child_tokens", token, data, htmx=htmx), {})
    assert far == [(1, 3), (2, 3), None]
    assert words(answers[-1]) == ["3 tokens created by CI runner disabled."]
    assert not AccessToken.objects.usable().exists()
    assert ("<html" in answers[0].text) != htmx


def test_the_list_reads_itself_again_meanwhile(owner, token, children):
    owner.post("disable", token)
    assert "tokens:changed" in owner.post("disable_child_tokens", token, htmx=True).headers["HX-Trigger"]


def test_a_token_goes_last_and_can_make_no_more_meanwhile(owner, token, children):
    first = owner.post("delete", token, {"with_child_tokens": "1"}, htmx=True)
    assert progress(first) == (1, 4)
    token.refresh_from_db()
    assert token.is_disabled
    answers, far = until_it_is_over(lambda data: owner.post("delete", token, data, htmx=True), sent_again(first))
    assert far == [(2, 4), (3, 4), None]
    assert words(answers[-1]) == ["CI runner was deleted, along with 3 child tokens."]
    assert not AccessToken.objects.exists()


def test_a_member_goes_when_all_that_they_made_is_disabled(owner, acme, ada):
    AccessTokenFactory.create_batch(3, workspace=acme, creator=ada.user)

    def post(data):
        return owner.post("workspaces:remove_member", ada, data, htmx=True)

    first = post({"disable_all": "1"})
    assert progress(first) == (1, 3)
    assert Membership.objects.filter(pk=ada.pk).exists()
    answers, far = until_it_is_over(post, sent_again(first))
    assert far == [(2, 3), None]
    assert words(answers[-1]) == ["Ada Lovelace was removed. 3 tokens were disabled."]


def test_a_role_is_weakened_when_all_that_they_made_is_disabled(owner, acme, ada):
    AccessTokenFactory.create_batch(2, workspace=acme, creator=ada.user)
    data = {"role": "viewer", "confirmed": "1", "disable_all": "1"}
    answers, far = until_it_is_over(lambda data: owner.post("workspaces:change_role", ada, data, htmx=True), data)
    assert far == [(1, 2), None]
    assert Membership.objects.get(pk=ada.pk).role == Role.VIEWER
    assert words(answers[-1]) == ["Ada Lovelace is now a Viewer. 2 tokens were disabled."]


def test_nothing_is_disabled_for_the_last_owner_who_stays(owner, acme):
    AccessTokenFactory(workspace=acme, creator=owner.user)
    me = acme.memberships.get(user=owner.user)
    data = {"role": "viewer", "confirmed": "1", "disable_all": "1"}
    assert owner.post("workspaces:change_role", me, data, htmx=True).status_code == 409
    assert AccessToken.objects.usable().count() == 1


def test_nothing_is_disabled_for_a_role_that_is_switched_off(owner, acme, ada):
    AccessTokenFactory.create_batch(2, workspace=acme, creator=ada.user)
    acme.available_roles = all_roles_except(Role.VIEWER)
    acme.save()
    data = {"role": "viewer", "confirmed": "1", "disable_all": "1"}
    assert owner.post("workspaces:change_role", ada, data, htmx=True).status_code == 409
    assert AccessToken.objects.usable().count() == 2


def test_a_dialog_shows_the_first_of_many(owner, acme, token):
    AccessTokenFactory.create_batch(MAX_SHOWN + 3, workspace=acme, parent=token)
    text = owner.get("delete", token, headers={"HX-Request": "true"}).text
    assert f"Also delete {MAX_SHOWN + 3} child tokens" in text
    assert text.count("<li>") == MAX_SHOWN
    assert "and 3 more." in text


def test_longer_lived_tokens_are_cut_one_after_the_other(owner, acme):
    AccessTokenFactory.create_batch(3, workspace=acme, creator=owner.user, expires_at=None)
    data = {"max_lifetime_days": "30", "default_expiry": "1w", "existing_tokens": "cap", "seen": "3"}
    answers, far = until_it_is_over(lambda data: owner.post("expiry_policy", None, data, htmx=True), data)
    assert far == [(1, 3), (2, 3), None]
    assert words(answers[-1]) == ["The expiry policy was changed. 3 tokens now expire earlier."]
    assert not AccessToken.objects.filter(expires_at=None).exists()
    told = [
        event.changes["tokens_exceeding_policy"]
        for event in Event.objects.filter(event_type=EventType.EXPIRY_POLICY_CHANGED)
    ]
    assert sorted(told) == [[1, 0], [2, 1], [3, 2]]


# The admin


@pytest.fixture
def admin_page(client, db):
    client.force_login(User.objects.create_user("olga@ops.example", is_staff=True))
    return client


@pytest.fixture
def run(admin_page):
    def run(action, *tokens, filters="", **more):
        data = {"action": action, "_selected_action": [token.pk for token in tokens], **more}
        return until_it_is_over(lambda data: admin_page.post(f"{TOKENS}{filters}", data, follow=True), data)

    return run


def test_an_operator_disables_one_after_the_other(run, token, children):
    answers, far = run("disable", token, *children)
    assert far == [(1, 4), (2, 4), (3, 4), None]
    assert "Disabled 4 access tokens." in answers[-1].text
    assert Event.objects.filter(event_type=EventType.TOKEN_DISABLED).count() == 4


def test_an_operator_disables_all_that_a_filter_finds(run, token, children):
    answers, far = run("disable", token, filters="?status=active", select_across="1")
    assert far == [(1, 4), (2, 4), (3, 4), None]
    assert "Disabled 4 access tokens." in answers[-1].text


def test_an_operator_is_told_of_what_could_not_be_and_it_is_not_counted(run, token, children, monkeypatch):
    disable = operations.disable

    def refuse_one(token, *, by):
        if token == children[1]:
            raise Conflict("It can not be.")
        return disable(token, by=by)

    monkeypatch.setattr(operations, "disable", refuse_one)
    answers, _ = run("disable", token, *children)
    assert ["Child 1: It can not be." in answer.text for answer in answers] == [False, False, True, False]
    assert "Disabled 3 access tokens." in answers[-1].text


def test_an_operator_deletes_more_than_a_form_may_have_fields(admin_page, acme, token, settings, monkeypatch):
    monkeypatch.setattr(bulk_progress, "MAX_SECONDS", 60)
    monkeypatch.setattr(bulk, "MAX_TOKENS_PER_STEP", 50)
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 20
    AccessTokenFactory.create_batch(30, workspace=acme)
    asked = admin_page.post(
        TOKENS, {"action": "delete_selected", "_selected_action": [token.pk], "select_across": "1"}, follow=True
    )
    assert "This permanently deletes 31 access tokens" in asked.text
    gone = admin_page.post(TOKENS, sent_again(asked), follow=True)
    assert "Deleted 31 access tokens." in gone.text
    assert not AccessToken.objects.exists()
