from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from access_tokens.models import AccessToken
from access_tokens.operations.fields import FIELDS, NewTokenFields, TokenChange, clean_fields, event_fields
from tests.factories import WorkspaceFactory, all_roles_except, expired, make_token
from workspaces.permissions import Role

pytestmark = [pytest.mark.django_db, pytest.mark.same_on_each_database]
DAY = timedelta(days=1)


def errors(*args, **kwargs):
    with pytest.raises(ValidationError) as error:
        clean_fields(*args, **kwargs)
    return error.value.message_dict


def test_all_lists_of_fields_agree():
    assert list(FIELDS) == list(NewTokenFields.__annotations__) == list(TokenChange.__annotations__)


def test_fields_are_cleaned():
    expires_at = timezone.now() + DAY
    fields = {"label": " Nightly ", "scope": Role.OWNER, "expires_at": expires_at}
    cleaned = {"label": "Nightly", "scope": Role.OWNER, "expires_at": expires_at.replace(microsecond=0)}
    assert clean_fields(fields, WorkspaceFactory()) == cleaned


@pytest.mark.parametrize("label", ["", "   ", "\u200b", "a\0b", "x" * 101, "\ud800"])
def test_invalid_label_is_rejected(label):
    assert list(errors({"label": label}, WorkspaceFactory())) == ["label"]


def test_label_that_contains_a_token_is_rejected():
    message = "This label contains an access token. Name what uses the token instead."
    assert errors({"label": f"CI {make_token().plaintext}"}, WorkspaceFactory()) == {"label": [message]}


def test_all_errors_are_reported_together():
    workspace = WorkspaceFactory(name="Acme", available_roles=all_roles_except(Role.VIEWER))
    fields = {"label": "", "scope": Role.VIEWER, "expires_at": timezone.now() - DAY}
    assert errors(fields, workspace) == {
        "label": ["Enter a label of 1 to 100 characters."],
        "scope": ["The scope Viewer is switched off in Acme. Choose another scope."],
        "expires_at": ["This expiry is in the past. Choose a later one."],
    }


def test_unchanged_fields_are_left_out():
    token = make_token(label="CI").row
    fields = {"label": "CI", "scope": Role.TEAM_MEMBER, "expires_at": None}
    assert clean_fields(fields, token.workspace, current=token) == {"scope": Role.TEAM_MEMBER}


def test_token_keeps_a_scope_and_an_expiry_that_can_not_be_chosen_any_more():
    workspace = WorkspaceFactory(available_roles=all_roles_except(Role.TEAM_MEMBER))
    token = make_token(workspace, Role.TEAM_MEMBER, **expired()).row
    fields = {"label": "New", "scope": token.scope, "expires_at": token.expires_at}
    assert clean_fields(fields, workspace, current=token) == {"label": "New"}
    assert list(errors(fields, workspace, current=make_token(workspace).row)) == ["scope", "expires_at"]


def test_event_values_are_strings_that_people_can_read():
    token = AccessToken(label="CI", scope=Role.TEAM_MEMBER, expires_at=datetime(2027, 1, 31, 23, 59, 59, tzinfo=UTC))
    assert event_fields(token) == {"label": "CI", "scope": "team_member", "expires_at": "2027-01-31T23:59:59+00:00"}
