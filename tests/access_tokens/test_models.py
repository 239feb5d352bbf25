"""A token's states: what the database says is what the row says. And what the database refuses by itself."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st

from access_tokens.models import AccessToken, Status
from tests.factories import UserFactory, WorkspaceFactory, all_roles_except, expired, make_token
from workspaces.permissions import ALL_ROLES, Role, role_bits

pytestmark = pytest.mark.django_db

NOW = datetime(2027, 3, 1, 12, 0, 0, tzinfo=UTC)
INSTANTS = [None, *(NOW + timedelta(microseconds=offset) for offset in (-1_000_000, -1, 0, 1, 1_000_000))]
tokens = st.tuples(st.booleans(), st.sampled_from(INSTANTS), st.sampled_from(Role))
offered = st.sets(st.sampled_from(Role)).map(lambda roles: role_bits(*roles, Role.OWNER))
EVERY_COMBINATION = [(off, instant, scope) for off in (False, True) for instant in INSTANTS for scope in Role]


def rows_of(wanted, available_roles, is_deleted):
    workspace = WorkspaceFactory(available_roles=available_roles, deleted_at=NOW if is_deleted else None)
    before = NOW - timedelta(days=30)
    return [
        make_token(
            workspace,
            scope,
            is_sealed=False,
            created_at=before,
            expires_at=instant,
            disabled_at=before if is_disabled else None,
        ).row
        for is_disabled, instant, scope in wanted
    ]


def statuses(annotated):
    return {row.pk: row.status_name for row in annotated}


@given(st.lists(tokens, min_size=1, max_size=6), offered, st.booleans())
@example(EVERY_COMBINATION, ALL_ROLES, False)
@example(EVERY_COMBINATION, role_bits(Role.OWNER, Role.VIEWER), False)
@example(EVERY_COMBINATION, role_bits(Role.OWNER, Role.VIEWER), True)
def test_querysets_say_of_every_token_what_its_row_says(wanted, available_roles, is_deleted):
    rows = rows_of(wanted, available_roles, is_deleted)
    mine = AccessToken.objects.filter(pk__in=[row.pk for row in rows])
    for status in Status:
        expected = {row.pk for row in rows if status in row.statuses(NOW)}
        assert set(mine.filter_status(status, NOW).values_list("pk", flat=True)) == expected
    named = statuses(mine.annotate_status(NOW))
    assert named == {row.pk: row.statuses(NOW)[0] for row in rows}
    with time_machine.travel(NOW, tick=False):
        assert named == {row.pk: row.status for row in rows}
        assert named == statuses(mine.annotate_status())
        assert set(mine.active().values_list("pk", flat=True)) == {row.pk for row in rows if row.is_active}
        assert set(mine.expired().values_list("pk", flat=True)) == set(mine.expired(NOW).values_list("pk", flat=True))


@pytest.mark.parametrize(
    ("offset", "status"),
    [(-1, Status.ACTIVE), (0, Status.EXPIRED), (1, Status.EXPIRED)],
    ids=["a microsecond before", "at the very instant", "a microsecond after"],
)
def test_a_token_is_expired_from_its_instant_on(offset, status):
    token, at = make_token(expires_at=NOW, created_at=NOW - timedelta(days=1)).row, NOW + timedelta(microseconds=offset)
    assert token.statuses(at) == [status]
    assert AccessToken.objects.filter_status(status, at).get() == token
    assert statuses(AccessToken.objects.annotate_status(at)) == {token.pk: status}


def test_where_several_states_hold_all_are_told_and_the_first_is_the_status():
    workspace = WorkspaceFactory(available_roles=role_bits(Role.OWNER))
    token = make_token(workspace, **expired(disabled_at=timezone.now())).row
    assert token.statuses() == [Status.DISABLED, Status.EXPIRED, Status.SCOPE_UNAVAILABLE]
    assert token.status == Status.DISABLED
    for status in (Status.DISABLED, Status.EXPIRED, Status.SCOPE_UNAVAILABLE):
        assert AccessToken.objects.filter_status(status).exists()


def test_a_scope_is_off_in_its_own_workspace_alone():
    elsewhere = WorkspaceFactory(available_roles=all_roles_except(Role.VIEWER))
    here, there = make_token().row, make_token(elsewhere).row
    assert list(AccessToken.objects.filter_status(Status.SCOPE_UNAVAILABLE)) == [there]
    assert list(AccessToken.objects.active()) == [here]


def test_the_token_id_is_stable_when_its_creator_changes_email_or_goes():
    ada = UserFactory(email="ada@acme.example")
    token = make_token(creator=ada).row
    token_id = f"ada@acme.example_{token.key_id}"
    ada.email = "lovelace@acme.example"
    ada.save()
    assert (token.token_id, token.created_by) == (token_id, "lovelace@acme.example")
    ada.delete()
    token.refresh_from_db()
    assert (token.token_id, token.created_by) == (token_id, "ada@acme.example")


def test_days_left_are_told_of_active_tokens_that_end_within_a_fortnight():
    with time_machine.travel(NOW, tick=False):
        soon, later, never = (
            make_token(expires_at=end).row for end in (NOW + timedelta(days=14), NOW + timedelta(days=14.1), None)
        )
        over = make_token(**expired()).row
        off = make_token(expires_at=NOW + timedelta(days=3), disabled_at=NOW).row
        assert [token.days_left for token in (soon, later, never, over, off)] == [14, None, None, None, None]


# Search


@pytest.mark.parametrize("words", ["nightly", "NIGHT", "ada@acme", "Lovelace", " lovelace ", "nightly\0"])
def test_a_search_finds_by_label_token_id_and_creator(words):
    ada = UserFactory(email="ada@acme.example", name="Ada Lovelace")
    token = make_token(label="Nightly build", creator=ada).row
    make_token(label="Other")
    assert AccessToken.objects.search(words).get() == token


def test_a_search_finds_a_token_by_itself_its_mask_its_key_id_and_its_token_id():
    token, plaintext = make_token()
    make_token()
    for words in (plaintext, plaintext[:15], token.masked, token.key_id, token.token_id):
        assert AccessToken.objects.search(words).get() == token


@pytest.mark.parametrize("part", [slice(None, -5), slice(5, None), slice(10, 20), slice(-11, None), slice(-11, -9)])
def test_a_search_finds_a_token_by_any_part_of_its_token_id(part):
    token = make_token(creator=UserFactory(email="ada_l@acme.example")).row
    make_token(creator=UserFactory(email="bob@acme.example"))
    assert token in AccessToken.objects.search(token.token_id[part].swapcase())
    assert not AccessToken.objects.search(f"l@acme.example_{token.key_id[1:]}").exists()


@pytest.mark.parametrize("words", ["%", "_x_", "\\", "lkey_%"])
def test_a_search_takes_wildcards_for_what_they_are(words):
    make_token(label="abc", creator=UserFactory(email="a@b.example"))
    assert not AccessToken.objects.search(words).exists()


# Constraints


def refused(**fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_token(**fields)
    return True


def test_the_database_refuses_an_unknown_scope():
    assert refused(scope=3)
    assert refused(scope=0)
    assert refused(scope=32)


def test_the_database_refuses_an_empty_label():
    assert refused(label="")


def test_the_database_refuses_an_expiry_at_or_before_creation():
    assert refused(created_at=NOW, expires_at=NOW)
    assert refused(created_at=NOW, expires_at=NOW - timedelta(microseconds=1))
    assert make_token(created_at=NOW, expires_at=NOW + timedelta(microseconds=1))


def test_the_database_refuses_a_key_id_that_is_in_use():
    token = make_token().row
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessToken.objects.filter(pk=make_token().row.pk).update(key_id=token.key_id)


def test_key_ids_that_differ_by_case_are_different():
    one, other = make_token().row, make_token().row
    AccessToken.objects.filter(pk=one.pk).update(key_id="abcdefghij")
    AccessToken.objects.filter(pk=other.pk).update(key_id="ABCDEFGHIJ")
    assert AccessToken.objects.get(key_id="abcdefghij") == one


def test_the_row_holds_no_secret_in_the_clear():
    token, plaintext = made = make_token()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM access_tokens_accesstoken WHERE id = %s", [token.pk])
        row = b" ".join(bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in cursor.fetchone())
    assert token.key_id.encode() in row
    assert made.secret.encode() not in row
    assert plaintext.encode() not in row
