from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from access_tokens.models import AccessToken
from tests.factories import UserFactory, expired, make_token

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 1, 12, 0, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def test_token_id_does_not_change_when_the_creator_changes_e_mail_or_is_deleted():
    ada = UserFactory(email="ada@acme.example")
    token = make_token(creator=ada).row
    token_id = f"ada@acme.example_{token.key_id}"
    ada.email = "lovelace@acme.example"
    ada.save()
    assert (token.token_id, token.created_by) == (token_id, "lovelace@acme.example")
    ada.delete()
    token.refresh_from_db()
    assert (token.token_id, token.created_by) == (token_id, "ada@acme.example")


def test_days_left_is_set_for_active_tokens_that_expire_within_14_days():
    with time_machine.travel(NOW, tick=False):
        soon, later, non_expiring = (
            make_token(expires_at=expiry).row for expiry in (NOW + 14 * DAY, NOW + 14.1 * DAY, None)
        )
        over = make_token(**expired()).row
        disabled = make_token(expires_at=NOW + 3 * DAY, disabled_at=NOW).row
        tokens = (soon, later, non_expiring, over, disabled)
        assert [token.days_left for token in tokens] == [14, None, None, None, None]


# Secrets


def test_row_contains_no_plaintext_secret():
    token, plaintext = issued = make_token()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM access_tokens_accesstoken WHERE id = %s", [token.pk])
        row = b" ".join(bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in cursor.fetchone())
    assert token.key_id.encode() in row
    assert issued.secret.encode() not in row
    assert plaintext.encode() not in row


def test_previous_secret_is_valid_until_it_expires():
    previous = {"previous_secret_pepper_id": "k0", "previous_secret_digest": b"x", "previous_secret_expires_at": NOW}
    token = make_token(**previous).row
    for at, digests in ((NOW - timedelta(microseconds=1), {bytes(token.digest), b"x"}), (NOW, {bytes(token.digest)})):
        with time_machine.travel(at, tick=False):
            assert token.is_rotating == (at < NOW)
            assert token.valid_digests == digests


# Constraints


def assert_rejected(**fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_token(**fields)


def test_database_rejects_an_unknown_scope():
    for scope in (0, 3, 64):
        assert_rejected(scope=scope)


def test_database_rejects_an_empty_label():
    assert_rejected(label="")


def test_database_rejects_an_expiry_at_or_before_creation():
    assert_rejected(created_at=NOW, expires_at=NOW)
    assert_rejected(created_at=NOW, expires_at=NOW - timedelta(microseconds=1))
    assert make_token(created_at=NOW, expires_at=NOW + timedelta(microseconds=1))


def test_database_rejects_a_duplicate_key_id():
    token = make_token().row
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessToken.objects.filter(pk=make_token().row.pk).update(key_id=token.key_id)


def test_key_ids_are_case_sensitive():
    one, other = make_token().row, make_token().row
    AccessToken.objects.filter(pk=one.pk).update(key_id="abcdefghij")
    AccessToken.objects.filter(pk=other.pk).update(key_id="ABCDEFGHIJ")
    assert AccessToken.objects.get(key_id="abcdefghij") == one
