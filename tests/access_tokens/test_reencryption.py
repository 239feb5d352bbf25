"""`manage.py reencrypt`: what is sealed under an older key is sealed anew, while the service runs."""

import io

import pytest
from django.core.management import CommandError, call_command

from access_tokens import key_rings, reencryption, token_crypto
from access_tokens.models import AccessToken
from tests.factories import make_token

pytestmark = pytest.mark.django_db
OLD, NEW, LOST = (token_crypto.generate_key(name) for name in ("old", "new", "lost"))


@pytest.fixture
def made(settings):
    """Five tokens with copies under the old key; the ring begins with the new one by now."""
    settings.TOKEN_ENCRYPTION_KEYS = OLD
    tokens = [make_token() for _ in range(5)]
    settings.TOKEN_ENCRYPTION_KEYS = f"{NEW},{OLD}"
    return tokens


def run(*options):
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("reencrypt", *options, stdout=out, stderr=err)
    except CommandError as error:
        return out.getvalue(), err.getvalue(), str(error)
    return out.getvalue(), err.getvalue(), None


def opened(token):
    row = AccessToken.objects.get(pk=token.row.pk)
    assert row.stored_ciphertext
    return row.encryption_key_id, token_crypto.decrypt(
        row.stored_ciphertext, context=row.encryption_context, keys=key_rings.encryption_keys()
    )


def test_every_copy_opens_afterwards_without_the_old_key(made, settings):
    out, err, problem = run()
    assert "5 sealed anew under new" in out
    assert not err
    assert problem is None
    settings.TOKEN_ENCRYPTION_KEYS = NEW
    assert [opened(token) for token in made] == [("new", token.plaintext) for token in made]
    assert "0 sealed anew" in run()[0]


def test_a_dry_run_counts_and_changes_nothing(made):
    out, _, _ = run("--dry-run")
    assert out == "5 sealed under old\n"
    assert {opened(token)[0] for token in made} == {"old"}


def test_what_does_not_open_is_named_and_the_others_go_on(made, settings):
    settings.TOKEN_ENCRYPTION_KEYS = LOST
    lost = make_token()
    settings.TOKEN_ENCRYPTION_KEYS = f"{NEW},{OLD}"
    made[1].row.encrypted_copy = made[0].row.encrypted_copy
    made[1].row.save()
    out, err, problem = run()
    assert "4 sealed anew" in out
    assert problem is not None
    assert problem.startswith("2 can't be opened")
    for token, why in ((lost, "no key “lost”"), (made[1], "was altered or belongs to another token")):
        assert f"{token.row.token_id}: " in err
        assert why in err
    assert not [token for token in (lost, *made) if token.secret in out + err + problem]
    assert AccessToken.objects.get(pk=lost.row.pk).encryption_key_id == "lost"


def test_it_goes_on_where_it_was_stopped(made, monkeypatch):
    monkeypatch.setattr(reencryption, "BATCH", 2)
    assert next(reencryption.reencrypt()).outcome.done == 2
    assert "3 sealed anew" in run()[0]


@pytest.mark.parametrize(
    "change", [{"encrypted_copy": None, "encryption_key_id": ""}, {"encrypted_copy": b"a newer copy"}]
)
def test_a_copy_that_changes_meanwhile_stays_as_it_was_made(made, monkeypatch, change):
    """As when the token is rotated, or its workspace chooses to show tokens once, while this runs."""
    rows, decrypt = AccessToken.objects.filter(pk=made[0].row.pk), token_crypto.decrypt

    def interrupted(*args, **kwargs):
        rows.update(**change)
        return decrypt(*args, **kwargs)

    monkeypatch.setattr(token_crypto, "decrypt", interrupted)
    out, _, _ = run()
    assert "4 sealed anew under new. 1 changed meanwhile." in out
    ciphertext = rows.get().encrypted_copy
    assert (None if ciphertext is None else bytes(ciphertext)) == change["encrypted_copy"]


def test_without_a_terminal_it_tells_how_far_it_is_in_lines(made, monkeypatch):
    monkeypatch.setattr(reencryption, "BATCH", 2)
    monkeypatch.setattr("access_tokens.management.commands.reencrypt.LINE_EVERY", 2)
    assert run()[0].splitlines()[1:3] == ["2 of 5", "4 of 5"]
