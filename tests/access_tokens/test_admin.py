from base64 import b64encode, urlsafe_b64encode
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from access_tokens import operations
from access_tokens.authentication.request_auth import Principal, authenticate
from access_tokens.authentication.usage import usage
from access_tokens.models import AccessToken, Status
from accounts.models import User
from workspaces.actors import Actor, ActorType
from workspaces.errors import Conflict
from workspaces.events import EventType
from workspaces.models import Event, Membership, Workspace
from workspaces.operations import create_workspace, set_available_roles
from workspaces.permissions import Role

ACTOR = Actor.command("tests")
TOKENS = reverse("admin:access_tokens_accesstoken_changelist")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_usage_writer(monkeypatch):
    monkeypatch.setattr(usage, "record", lambda token_pk: None)


@pytest.fixture
def admin_page(client):
    client.force_login(User.objects.create_user("olga@ops.example", is_staff=True))
    return client


@pytest.fixture
def acme():
    return create_workspace("Acme", "acme", owner=User.objects.create_user("ada@acme.example"), by=ACTOR)


@pytest.fixture
def issue(acme):
    def issue(label="CI runner", workspace=acme, **fields):
        creator = workspace.memberships.get(role=Role.OWNER).user
        chosen = {"scope": Role.VIEWER, "expires_at": None, "creator": creator, **fields}
        return operations.create(workspace, by=ACTOR, label=label, **chosen)

    return issue


def page(view, token):
    return reverse(f"admin:access_tokens_accesstoken_{view}", args=[token.pk])


def run(client, action, *tokens, **more):
    data = {"action": action, "_selected_action": [token.pk for token in tokens], **more}
    return client.post(TOKENS, data, follow=True)


def labels_in_list(client, **query):
    response = client.get(TOKENS, query)
    assert response.status_code == 200
    return sorted(token.label for token in response.context["cl"].result_list)


def operator_events(event_type):
    return list(
        Event.objects.filter(event_type=event_type, actor_type=ActorType.OPERATOR).values_list("subject_id", flat=True)
    )


def authenticates(plaintext):
    return isinstance(authenticate(f"Bearer {plaintext}"), Principal)


def expire(token):
    past = timezone.now() - timedelta(days=1)
    AccessToken.objects.filter(pk=token.pk).update(created_at=past - timedelta(days=1), expires_at=past)


# Pages


def test_list_shows_masked_tokens(admin_page, issue):
    token, plaintext = issue()
    text = admin_page.get(TOKENS).text
    for text_shown in (token.masked, token.token_id, "CI runner", "Acme", "Viewer", "Active"):
        assert text_shown in text
    assert plaintext[:16] not in text


def test_no_page_contains_a_secret(admin_page, issue, acme):
    token, plaintext = issue()
    child, _ = issue("Child")
    AccessToken.objects.filter(pk=token.pk).update(pepper_id="the-pepper-id", encryption_key_id="the-encrypt-id")
    AccessToken.objects.filter(pk=child.pk).update(parent=token)
    stored = [bytes(value) for value in (token.digest, token.encrypted_copy)]
    secrets = [plaintext[15:], plaintext[15:30], "the-pepper-id", "the-encrypt-id"]
    secrets += [form for raw in stored for form in (raw.hex(), repr(raw)[2:-1], b64encode(raw).decode()[:30])]
    secrets += [urlsafe_b64encode(raw).decode()[:30] for raw in stored]
    addresses = [page(view, token) for view in ("change", "delete", "history")]
    addresses += [page("change", child), TOKENS, f"{TOKENS}?_facets=True", f"{TOKENS}?q={token.key_id}", "/admin/"]
    addresses += [reverse(f"admin:workspaces_{name}_changelist") for name in ("workspace", "membership", "event")]
    addresses += [reverse("admin:workspaces_event_change", args=[event.pk]) for event in Event.objects.all()]
    addresses += [reverse("admin:workspaces_workspace_change", args=[acme.pk])]
    responses = [admin_page.get(address, follow=True) for address in addresses]
    responses += [run(admin_page, action, token) for action in ("disable", "enable", "delete_selected")]
    for response in responses:
        assert response.status_code == 200
        assert [secret for secret in secrets if secret in response.text] == []


def test_admin_log_has_no_entries_about_tokens(admin_page, issue):
    token, _ = issue()
    for action in ("disable", "enable"):
        run(admin_page, action, token)
    run(admin_page, "delete_selected", token, post="yes")
    assert not LogEntry.objects.exists()


def test_pages_do_not_read_secret_fields_from_the_database(admin_page, issue, django_assert_num_queries):
    token, _ = issue()
    for address in (TOKENS, page("delete", token)):
        with django_assert_num_queries(50, exact=False) as queries:
            admin_page.get(address)
        assert not [
            query["sql"] for query in queries if '"digest"' in query["sql"] or '"encrypted_copy"' in query["sql"]
        ]


def test_form_is_read_only(admin_page, issue):
    token, _ = issue()
    assert 'name="label"' not in admin_page.get(page("change", token)).text
    assert admin_page.post(page("change", token), {"label": "Other", "scope": 16}).status_code == 403
    assert admin_page.get(reverse("admin:access_tokens_accesstoken_add")).status_code == 403
    token.refresh_from_db()
    assert (token.label, token.scope) == ("CI runner", Role.VIEWER)


def test_form_links_to_parent_and_child_tokens(admin_page, issue):
    token, child = issue().token, issue("Its child").token
    AccessToken.objects.filter(pk=child.pk).update(parent=token)
    assert f'<a href="{page("change", child)}">Its child' in admin_page.get(page("change", token)).text
    assert page("change", token) in admin_page.get(page("change", child)).text


def test_history_leads_to_the_event_log(admin_page, issue):
    token, _ = issue()
    issue("Another")
    operations.disable(token, by=ACTOR)
    events = admin_page.get(page("history", token), follow=True).context["cl"].result_list
    assert [event.event_type for event in events] == ["token.disabled", "token.created"]


def test_members_can_not_use_the_admin(client, issue, acme):
    token, plaintext = issue()
    client.force_login(Membership.objects.get(workspace=acme).user)
    assert run(client, "disable", token).status_code == 403
    assert client.post(page("delete", token), {"post": "yes"}, follow=True).status_code == 403
    assert authenticates(plaintext)


# Search and filters


def test_search_finds_label_token_id_key_id_and_masked_token(admin_page, issue):
    token, plaintext = issue("Wanted")
    issue("Other")
    for text in ("wanted", token.token_id, token.key_id, token.masked, plaintext):
        assert labels_in_list(admin_page, q=text) == ["Wanted"]
    assert labels_in_list(admin_page, q="ada@acme") == ["Other", "Wanted"]
    assert labels_in_list(admin_page, q=" ") == ["Other", "Wanted"]


def test_status_filter_finds_every_status_that_applies(admin_page, issue, acme):
    for label in ("Active", "Disabled", "Expired", "Both"):
        token, _ = issue(label)
        if label in {"Disabled", "Both"}:
            operations.disable(token, by=ACTOR)
        if label in {"Expired", "Both"}:
            expire(token)
    issue("Scope off", scope=Role.TEAM_MEMBER)
    set_available_roles(acme, set(Role) - {Role.TEAM_MEMBER}, by=ACTOR)
    assert labels_in_list(admin_page, status="active") == ["Active"]
    assert labels_in_list(admin_page, status="disabled") == ["Both", "Disabled"]
    assert labels_in_list(admin_page, status="expired") == ["Both", "Expired"]
    assert labels_in_list(admin_page, status="scope_unavailable") == ["Scope off"]
    assert "Disabled, Expired" in admin_page.get(TOKENS).text
    for status in Status:
        labels = sorted(AccessToken.objects.filter_status(status).values_list("label", flat=True))
        assert labels_in_list(admin_page, status=status) == labels


def test_unknown_status_is_ignored(admin_page, issue):
    issue()
    assert labels_in_list(admin_page, status="broken") == ["CI runner"]


def test_list_filters_by_scope_and_workspace(admin_page, issue, acme):
    globex = create_workspace("Globex", "globex", owner=User.objects.create_user("bob@globex.example"), by=ACTOR)
    issue("Here", scope=Role.OWNER)
    issue("There", workspace=globex)
    assert labels_in_list(admin_page, scope__exact=int(Role.OWNER)) == ["Here"]
    assert labels_in_list(admin_page, workspace__id__exact=globex.pk) == ["There"]


@pytest.mark.parametrize("field", ["digest", "pepper_id", "encrypted_copy", "encryption_key_id"])
def test_secret_fields_can_not_be_filtered(admin_page, issue, field):
    issue()
    for lookup in (field, f"{field}__isnull", f"{field}__startswith", f"{field}__contains"):
        assert admin_page.get(TOKENS, {lookup: "a"}).status_code == 400


def test_list_needs_the_same_number_of_queries_for_many_tokens(admin_page, issue, django_assert_num_queries):
    admin_page.get(TOKENS)
    issue()
    with django_assert_num_queries(5):
        admin_page.get(TOKENS)
    for number in range(30):
        issue(f"Token {number}")
    with django_assert_num_queries(5):
        assert len(labels_in_list(admin_page)) == 31


# Actions


def test_disable_action_rejects_tokens_on_the_next_request_and_records_events(admin_page, issue):
    one, other = issue("One"), issue("Other")
    assert authenticates(one.plaintext)
    assert "Disabled 2 access tokens." in run(admin_page, "disable", one.token, other.token).text
    assert not authenticates(one.plaintext)
    assert not authenticates(other.plaintext)
    assert sorted(operator_events(EventType.TOKEN_DISABLED)) == sorted([one.token.token_id, other.token.token_id])
    assert Event.objects.filter(event_type=EventType.TOKEN_DISABLED, actor_name="olga@ops.example").count() == 2


def test_enable_action_lets_tokens_authenticate_again_and_records_an_event(admin_page, issue):
    token, plaintext = issue()
    operations.disable(token, by=ACTOR)
    assert "Enabled 1 access token." in run(admin_page, "enable", token).text
    assert authenticates(plaintext)
    assert operator_events(EventType.TOKEN_ENABLED) == [token.token_id]


def test_disabling_twice_records_one_event(admin_page, issue):
    token, _ = issue()
    run(admin_page, "disable", token)
    run(admin_page, "disable", token)
    assert operator_events(EventType.TOKEN_DISABLED) == [token.token_id]


def test_actions_are_available_on_the_form(admin_page, issue):
    token, plaintext = issue()
    data = {"CHANGE_FORM-action": "disable", "_selected_action": token.pk}
    assert admin_page.post(page("change", token), data).status_code == 302
    assert not authenticates(plaintext)
    assert operator_events(EventType.TOKEN_DISABLED) == [token.token_id]


def test_delete_action_lists_tokens_with_their_last_use_before_it_deletes_them(admin_page, issue):
    token, plaintext = issue()
    AccessToken.objects.filter(pk=token.pk).update(last_used_at="2026-01-02T03:04:05Z")
    confirmation = run(admin_page, "delete_selected", token).text
    assert f"CI runner · {token.token_id} · Acme · last used 2026-01-02 03:04 UTC" in confirmation
    assert authenticates(plaintext)
    run(admin_page, "delete_selected", token, post="yes")
    assert not authenticates(plaintext)
    assert operator_events(EventType.TOKEN_DELETED) == [token.token_id]


def test_deleting_one_token_uses_the_operation(admin_page, issue):
    token, child = issue().token, issue("Child").token
    grandchild = issue("Grandchild").token
    AccessToken.objects.filter(pk=child.pk).update(parent=token)
    AccessToken.objects.filter(pk=grandchild.pk).update(parent=child)
    assert "never used" in admin_page.get(page("delete", child)).text
    assert admin_page.post(page("delete", child), {"post": "yes"}).status_code == 302
    grandchild.refresh_from_db()
    assert grandchild.parent == token
    assert operator_events(EventType.TOKEN_DELETED) == [child.token_id]


def test_token_deleted_in_the_meantime_is_skipped(admin_page, issue, monkeypatch):
    gone, left = issue("Gone").token, issue("Left").token
    disable = operations.disable

    def delete_first(token, *, by):
        if token.pk == gone.pk:
            raise AccessToken.DoesNotExist
        return disable(token, by=by)

    monkeypatch.setattr(operations, "disable", delete_first)
    assert "Disabled 1 access token." in run(admin_page, "disable", gone, left).text


def test_conflict_is_shown_as_a_message_and_other_tokens_are_changed(admin_page, issue, monkeypatch):
    rejected, left = issue("Rejected").token, issue("Left").token
    enable = operations.enable

    def reject_one(token, *, by):
        if token.pk == rejected.pk:
            raise Conflict("Try again later.")
        return enable(token, by=by)

    monkeypatch.setattr(operations, "enable", reject_one)
    text = run(admin_page, "enable", rejected, left).text
    assert "Rejected: Try again later." in text
    assert "Enabled 1 access token." in text


def test_token_of_a_deleted_workspace_can_not_be_deleted(admin_page, issue):
    token = issue().token
    Workspace.objects.update(deleted_at=timezone.now())
    url = reverse("admin:access_tokens_accesstoken_delete", args=[token.pk])
    assert "Not deleted: " in admin_page.post(url, {"post": "yes"}, follow=True).text
    assert AccessToken.objects.filter(pk=token.pk).exists()
    assert "Workspace deleted" in admin_page.get(reverse("admin:access_tokens_accesstoken_changelist")).text
