"""The row that authenticates a request agrees with the ORM, with the queryset and with the model in every status."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from access_tokens.authentication.lookup import TOKEN_BY_KEY_ID, TOKEN_BY_PK, AuthenticationRow
from access_tokens.authentication.request_auth import Principal
from access_tokens.models import AccessToken
from tests.factories import UserFactory, WorkspaceFactory, make_token
from workspaces.permissions import Role, role_bits

pytestmark = pytest.mark.django_db
NOW = timezone.now()
DAY = timedelta(days=1)
TIMES = st.one_of(st.none(), st.timedeltas(-2 * DAY, 2 * DAY).map(lambda away: NOW + away))
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)


def find(key_id, at):
    row = TOKEN_BY_KEY_ID.get(key_id=key_id, now=at)
    assert row is not None
    return row


def row_of_orm(token, at):
    values = AccessToken.objects.annotate_status(at).filter(pk=token.pk).values_list(*AuthenticationRow._fields).get()
    return AuthenticationRow._make(bytes(value) if isinstance(value, memoryview) else value for value in values)


@given(
    label=TEXTS,
    scope=st.sampled_from(Role),
    roles=st.sets(st.sampled_from(Role)),
    expires_at=TIMES,
    disabled_at=TIMES,
    last_used_at=TIMES,
    previous_secret_expires_at=TIMES,
    has_creator=st.booleans(),
    has_parent=st.booleans(),
    rate_limit=st.one_of(st.none(), st.integers(1, 10**6)),
    deleted_at=TIMES,
    count=st.integers(0, 2**31 - 1),
)
def test_row_and_status_agree_with_the_orm_and_the_model(
    label,
    scope,
    roles,
    expires_at,
    disabled_at,
    last_used_at,
    previous_secret_expires_at,
    has_creator,
    has_parent,
    rate_limit,
    deleted_at,
    count,
):
    available_roles = role_bits(Role.OWNER, *roles)
    workspace = WorkspaceFactory(
        available_roles=available_roles, rate_limit=rate_limit, name=label, deleted_at=deleted_at
    )
    token = make_token(
        workspace,
        scope,
        has_encrypted_copy=False,
        label=label,
        creator=UserFactory() if has_creator else None,
        parent=make_token(workspace, has_encrypted_copy=False).row if has_parent else None,
        created_at=NOW - 9 * DAY,
        expires_at=expires_at,
        disabled_at=disabled_at,
        last_used_at=last_used_at,
        previous_secret_expires_at=previous_secret_expires_at,
        previous_secret_digest=b"\0\xff" * 16 if previous_secret_expires_at else None,
        rate_limit_minute=count,
        rate_limit_requests=count,
        version=1 + count // 2,
    ).row
    for at in (NOW, NOW + DAY, *([expires_at, expires_at - timedelta(microseconds=1)] if expires_at else [])):
        row = find(token.key_id, at)
        assert row == TOKEN_BY_PK.get(pk=token.pk, now=at) == row_of_orm(token, at)
        assert row.status_name == token.statuses(at)[0]
        is_active = AccessToken.objects.active(at).filter(pk=token.pk).exists()
        assert (row.status_name == "active") == is_active


def test_principal_builds_the_objects_of_the_orm():
    parent = make_token()
    token = make_token(parent.row.workspace, parent=parent.row).row
    principal = Principal(find(token.key_id, NOW))
    assert (principal.token, principal.workspace) == (token, token.workspace)
    assert principal.token.decrypt_copy() == token.decrypt_copy(), "Read when it is used."
    assert vars(principal.workspace).keys() >= {field.attname for field in token.workspace._meta.concrete_fields}


def test_unknown_key_id_has_no_row():
    assert TOKEN_BY_KEY_ID.get(key_id="0123456789", now=NOW) is None


def test_valid_digests_include_the_previous_one_until_it_expires():
    token = make_token(previous_secret_digest=b"old", previous_secret_expires_at=NOW + DAY).row
    row = find(token.key_id, NOW)
    assert row.valid_digests(NOW) == {bytes(token.digest), b"old"}
    assert row.valid_digests(NOW + DAY) == {bytes(token.digest)}
