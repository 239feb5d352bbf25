import io

import pytest
from django.core.management import CommandError, call_command

from access_tokens import reencryption
from access_tokens.models import AccessToken
from access_tokens.token_crypto import generate_key
from tests.factories import make_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def tokens(settings):
    """Five tokens with copies under the old key. The new key is the first one of the ring now."""
    settings.TOKEN_ENCRYPTION_KEYS = old = generate_key("old")
    tokens = [make_token() for _ in range(5)]
    settings.TOKEN_ENCRYPTION_KEYS = f"{generate_key('new')},{old}"
    return tokens


def run(*options):
    """Return what the command writes to stdout and stderr, and the message of its error."""
    stdout, stderr = io.StringIO(), io.StringIO()
    try:
        call_command("reencrypt", *options, stdout=stdout, stderr=stderr)
    except CommandError as error:
        return stdout.getvalue(), stderr.getvalue(), str(error)
    return stdout.getvalue(), stderr.getvalue(), None


def test_counts_are_printed_before_and_after(tokens):
    expected = "5 encrypted under old\n5 re-encrypted under new, 0 changed in the meantime\n"
    assert run() == (expected, "", None)
    expected = "5 encrypted under new (the first key)\n0 re-encrypted under new, 0 changed in the meantime\n"
    assert run() == (expected, "", None)


def test_dry_run_changes_nothing(tokens):
    assert run("--dry-run") == ("5 encrypted under old\n", "", None)
    assert reencryption.count_by_key() == {"old": 5}


def test_copies_that_can_not_be_decrypted_are_an_error_without_secrets(tokens):
    first, second = tokens[:2]
    AccessToken.objects.filter(pk=second.row.pk).update(encrypted_copy=first.row.encrypted_copy)
    stdout, stderr, error = run()
    assert "4 re-encrypted" in stdout
    assert stderr.startswith(f"{second.row.token_id}: The encrypted copy of this token was altered")
    assert error.startswith("1 can't be decrypted or copied. Add their key to TOKEN_ENCRYPTION_KEYS")
    assert not [token for token in tokens if token.secret in stdout + stderr + error]


def test_progress_is_printed_as_lines_without_a_terminal(tokens, monkeypatch):
    monkeypatch.setattr(reencryption, "BATCH_SIZE", 2)
    monkeypatch.setattr("access_tokens.management.commands.reencrypt.COPIES_PER_LINE", 2)
    assert run()[0].splitlines()[1:3] == ["2 of 5", "4 of 5"]
