from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from hypothesis import example, given
from hypothesis import strategies as st

from access_tokens.models import SORT_KEYS, AccessToken, ExpiryRange, Status
from tests.factories import UserFactory, WorkspaceFactory, all_roles_except, make_token
from workspaces.permissions import ALL_ROLES, Role, role_bits

pytestmark = pytest.mark.django_db

NOW = datetime(2027, 3, 1, 12, 0, 0, tzinfo=UTC)
DAY = timedelta(days=1)
EXPIRIES = [None, *(NOW + timedelta(microseconds=offset) for offset in (-1_000_000, -1, 0, 1, 1_000_000))]
TOKENS = st.tuples(st.booleans(), st.sampled_from(EXPIRIES), st.sampled_from(Role))
AVAILABLE_ROLES = st.sets(st.sampled_from(Role)).map(lambda roles: role_bits(*roles, Role.OWNER))
ALL_COMBINATIONS = [
    (is_disabled, expiry, scope) for is_disabled in (False, True) for expiry in EXPIRIES for scope in Role
]


def create_tokens(tokens, available_roles, is_deleted):
    workspace = WorkspaceFactory(available_roles=available_roles, deleted_at=NOW if is_deleted else None)
    created_at = NOW - 30 * DAY
    return [
        make_token(
            workspace,
            scope,
            has_encrypted_copy=False,
            created_at=created_at,
            expires_at=expires_at,
            disabled_at=created_at if is_disabled else None,
        ).row
        for is_disabled, expires_at, scope in tokens
    ]


def pks(tokens):
    return {token.pk for token in tokens}


def annotated_statuses(tokens):
    return {token.pk: token.status_name for token in tokens}


# Status


@given(st.lists(TOKENS, min_size=1, max_size=6), AVAILABLE_ROLES, st.booleans())
@example(ALL_COMBINATIONS, ALL_ROLES, False)
@example(ALL_COMBINATIONS, role_bits(Role.OWNER, Role.VIEWER), False)
@example(ALL_COMBINATIONS, role_bits(Role.OWNER, Role.VIEWER), True)
def test_queries_and_properties_agree_about_the_status_of_every_token(tokens, available_roles, is_deleted):
    rows = create_tokens(tokens, available_roles, is_deleted)
    queryset = AccessToken.objects.filter(pk__in=pks(rows))
    for status in Status:
        assert pks(queryset.filter_status(status, NOW)) == {row.pk for row in rows if status in row.statuses(NOW)}
    statuses = {row.pk: row.statuses(NOW)[0] for row in rows}
    assert annotated_statuses(queryset.annotate_status(NOW)) == statuses
    with time_machine.travel(NOW, tick=False):
        assert {row.pk: row.status for row in rows} == statuses
        assert annotated_statuses(queryset.annotate_status()) == statuses
        assert pks(queryset.active()) == {row.pk for row in rows if row.is_active}
        assert pks(queryset.usable()) == {row.pk for row in rows if row.is_usable}
        assert pks(queryset.filter_status(Status.EXPIRED)) == pks(queryset.filter_status(Status.EXPIRED, NOW))


def test_scope_is_unavailable_only_in_its_own_workspace():
    other = WorkspaceFactory(available_roles=all_roles_except(Role.VIEWER))
    available, unavailable = make_token().row, make_token(other).row
    assert list(AccessToken.objects.filter_status(Status.SCOPE_UNAVAILABLE)) == [unavailable]
    assert list(AccessToken.objects.active()) == [available]


# Expiry


@pytest.mark.parametrize(
    ("expiry", "labels"),
    [
        (ExpiryRange.SOON, {"soon", "in 14 days"}),
        (ExpiryRange.LATER, {"later"}),
        (ExpiryRange.PAST, {"now"}),
        (ExpiryRange.NEVER, {"never"}),
    ],
)
def test_expiry_ranges_cover_every_token_once(expiry, labels):
    second = timedelta(seconds=1)
    for label, expires_at in {
        "now": NOW,
        "soon": NOW + second,
        "in 14 days": NOW + 14 * DAY,
        "later": NOW + 14 * DAY + second,
        "never": None,
    }.items():
        make_token(label=label, created_at=NOW - DAY, expires_at=expires_at)
    assert {token.label for token in AccessToken.objects.filter_expiry(expiry, NOW)} == labels


# Sorting


@pytest.mark.parametrize("key", SORT_KEYS)
def test_sort_keys_are_never_null(key):
    token = make_token(creator=None).row
    assert vars(AccessToken.objects.sorted_by(key).get(pk=token.pk))["sort_key"] is not None


def test_tokens_without_a_value_are_at_the_end_that_fits_their_meaning():
    never_expires = make_token(label="never").row
    expires = make_token(label="expires", expires_at=NOW + DAY, created_at=NOW, last_used_at=NOW).row
    assert list(AccessToken.objects.sorted_by("expires_at")) == [expires, never_expires]
    assert list(AccessToken.objects.sorted_by("last_used_at")) == [never_expires, expires]
    assert list(AccessToken.objects.sorted_by("-last_used_at")) == [expires, never_expires]


# Search


@pytest.mark.parametrize("text", ["nightly", "NIGHT", "ada@acme", "Lovelace", " lovelace ", "nightly\0"])
def test_search_finds_label_and_creator(text):
    ada = UserFactory(email="ada@acme.example", name="Ada Lovelace")
    token = make_token(label="Nightly build", creator=ada).row
    make_token(label="Other")
    assert AccessToken.objects.search(text).get() == token


def test_search_finds_whole_token_masked_token_key_id_and_token_id():
    token, plaintext = make_token()
    make_token()
    for text in (plaintext, plaintext[:15], token.masked, token.key_id, token.token_id):
        assert AccessToken.objects.search(text).get() == token


@pytest.mark.parametrize("part", [slice(None, -5), slice(5, None), slice(10, 20), slice(-11, None), slice(-11, -9)])
def test_search_finds_any_part_of_a_token_id(part):
    token = make_token(creator=UserFactory(email="ada_l@acme.example")).row
    make_token(creator=UserFactory(email="bob@acme.example"))
    assert token in AccessToken.objects.search(token.token_id[part].swapcase())
    assert not AccessToken.objects.search(f"l@acme.example_{token.key_id[1:]}").exists()


@pytest.mark.parametrize("text", ["%", "_x_", "\\", "lkey_%"])
def test_search_does_not_interpret_wildcards(text):
    make_token(label="abc", creator=UserFactory(email="a@b.example"))
    assert not AccessToken.objects.search(text).exists()
