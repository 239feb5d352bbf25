"""The look-up by the driver gives the same answer as the plain queryset, in every state."""

from datetime import timedelta

import psycopg
import pytest
from django.db import DatabaseError, OperationalError, connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from access_tokens.authentication import lookup
from access_tokens.authentication.lookup import TokenRow, find_token
from access_tokens.authentication.request_auth import find_status
from access_tokens.models import AccessToken
from tests.factories import UserFactory, WorkspaceFactory, make_token
from workspaces.permissions import Role, role_bits

pytestmark = pytest.mark.django_db
NOW = timezone.now()
DAY = timedelta(days=1)
INSTANTS = st.one_of(st.none(), st.timedeltas(-2 * DAY, 2 * DAY).map(lambda away: NOW + away))
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)


def plain(key_id):
    """As the ORM answers, without our statement."""
    found = AccessToken.objects.filter(key_id=key_id).values_list(*TokenRow._fields).get()
    return TokenRow._make(bytes(value) if isinstance(value, memoryview) else value for value in found)


def must_find(token):
    row = find_token(token.key_id)
    assert row
    return row


@given(
    label=TEXTS,
    scope=st.sampled_from(Role),
    roles=st.sets(st.sampled_from(Role)).map(lambda roles: role_bits(*roles, Role.OWNER)),
    expires_at=INSTANTS,
    disabled_at=INSTANTS,
    last_used_at=INSTANTS,
    until=INSTANTS,
    has_creator=st.booleans(),
    has_parent=st.booleans(),
    rate_limit=st.one_of(st.none(), st.integers(1, 10**6)),
    deleted_at=INSTANTS,
    count=st.integers(0, 2**31 - 1),
)
def test_it_reads_what_the_orm_reads(
    label,
    scope,
    roles,
    expires_at,
    disabled_at,
    last_used_at,
    until,
    has_creator,
    has_parent,
    rate_limit,
    deleted_at,
    count,
):
    workspace = WorkspaceFactory(available_roles=roles, rate_limit=rate_limit, name=label, deleted_at=deleted_at)
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
        previous_secret_expires_at=until,
        previous_secret_digest=b"\0\xff" * 16 if until else None,
        use_count=count,
        rate_limit_minute=count,
        version=1 + count // 2,
    ).row
    row = must_find(token)
    assert row == plain(token.key_id)
    for at in (NOW, NOW + DAY, *([expires_at] if expires_at else [])):
        in_database = AccessToken.objects.active(at).filter(pk=token.pk).exists()
        assert (find_status(row, at) == "active") == in_database == (token.statuses(at) == ["active"])


def test_it_makes_the_objects_that_the_orm_makes():
    parent = make_token()
    token = make_token(parent.row.workspace, parent=parent.row).row
    made = must_find(token).token()
    assert (made, made.workspace, made.creator, made.parent) == (
        token,
        token.workspace,
        token.creator,
        token.parent,
    )
    assert (made.created_by, made.statuses()) == (token.created_by, token.statuses())
    assert made.parent
    assert made.parent.key_id == parent.row.key_id
    assert made.decrypt_copy() == token.decrypt_copy(), "It is read when it is asked for."


def test_an_unknown_key_id_has_no_row():
    assert find_token("0123456789") is None


def test_it_is_compiled_once_and_then_only_executed(monkeypatch):
    token = make_token().row
    find_token(token.key_id)

    def compile_again(*args, **kwargs):
        raise AssertionError

    monkeypatch.setattr(AccessToken.objects, "filter", compile_again)
    assert find_token(token.key_id)


def test_each_call_reads_the_row_anew():
    token = make_token().row
    assert must_find(token).disabled_at is None
    AccessToken.objects.update(disabled_at=NOW)
    assert must_find(token).disabled_at == NOW


def test_a_pooler_that_knows_no_prepared_statements_is_heeded(settings):
    settings.PREPARE_STATEMENTS = False
    token = make_token().row
    lookup.PREPARED.clear()
    assert find_token(token.key_id) == plain(token.key_id)
    assert not lookup.PREPARED


def test_an_error_of_the_driver_comes_as_djangos(monkeypatch):
    monkeypatch.setattr(lookup, "_statement", lambda placeholder: "SELECT nothing")
    lookup.PREPARED.clear()
    with pytest.raises(DatabaseError, match="nothing"):
        find_token("0123456789")


def close_it():
    connection.connection.close()


def let_the_server_end_it():
    theirs = connection.connection.info
    with psycopg.connect(host=theirs.host, port=theirs.port, user=theirs.user, dbname=theirs.dbname) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [theirs.backend_pid])


@pytest.mark.parametrize("lose", [close_it, let_the_server_end_it])
@pytest.mark.parametrize("is_prepared", [True, False])
@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_lost_is_made_anew(settings, lose, is_prepared):
    settings.PREPARE_STATEMENTS = is_prepared
    token = make_token().row
    find_token(token.key_id)
    if connection.vendor == "postgresql":  # a file does not go away
        lose()
    assert find_token(token.key_id) == plain(token.key_id)


def test_a_database_that_stays_away_is_told(monkeypatch):
    def fail(database, key_id):
        raise OperationalError("gone")

    monkeypatch.setattr(lookup, "_executed", fail)
    with pytest.raises(OperationalError):
        find_token("0123456789")
