import pytest

from access_tokens import reencryption, token_crypto
from access_tokens.models import AccessToken
from access_tokens.token_crypto import generate_key
from tests.factories import make_token

pytestmark = pytest.mark.django_db
OLD, NEW, LOST = (generate_key(name) for name in ("old", "new", "lost"))


@pytest.fixture
def tokens(settings):
    """Five tokens with copies under the old key. The new key is the first one of the ring now."""
    settings.TOKEN_ENCRYPTION_KEYS = OLD
    tokens = [make_token() for _ in range(5)]
    settings.TOKEN_ENCRYPTION_KEYS = f"{NEW},{OLD}"
    return tokens


def reencrypt():
    result = reencryption.ReencryptionResult()
    for batch in reencryption.reencrypt():
        result.add(batch)
    return result


def test_all_copies_can_be_decrypted_after_the_old_key_is_removed(tokens, settings):
    assert reencryption.count_by_key() == {"old": 5}
    assert reencrypt() == reencryption.ReencryptionResult(reencrypted=5)
    settings.TOKEN_ENCRYPTION_KEYS = NEW
    assert reencryption.count_by_key() == {"new": 5}
    for token in tokens:
        assert AccessToken.objects.get(pk=token.row.pk).decrypt_copy() == token.plaintext
    assert reencrypt().total == 0


def test_copies_that_can_not_be_decrypted_are_reported_and_stay_unchanged(tokens, settings):
    settings.TOKEN_ENCRYPTION_KEYS = LOST
    lost = make_token()
    settings.TOKEN_ENCRYPTION_KEYS = f"{NEW},{OLD}"
    moved = tokens[1]
    AccessToken.objects.filter(pk=moved.row.pk).update(encrypted_copy=tokens[0].row.encrypted_copy)
    result = reencrypt()
    assert result.reencrypted == 4
    assert dict(result.failed) == {
        lost.row.token_id: "TOKEN_ENCRYPTION_KEYS has no key “lost”.",
        moved.row.token_id: "The encrypted copy of this token was altered or belongs to another token.",
    }
    assert AccessToken.objects.get(pk=lost.row.pk).encryption_key_id == "lost"


def test_interrupted_run_is_continued_by_the_next_one(tokens, monkeypatch):
    monkeypatch.setattr(reencryption, "BATCH_SIZE", 2)
    assert next(reencryption.reencrypt()).reencrypted == 2
    assert reencrypt().reencrypted == 3


@pytest.mark.parametrize(
    "change",
    [{"encrypted_copy": None, "encryption_key_id": ""}, {"encrypted_copy": b"a newer copy"}],
    ids=["destroyed", "replaced"],
)
def test_copy_that_is_changed_during_the_run_is_not_overwritten(tokens, monkeypatch, change):
    row, decrypt = AccessToken.objects.filter(pk=tokens[0].row.pk), token_crypto.decrypt

    def change_and_decrypt(*args, **kwargs):
        row.update(**change)
        return decrypt(*args, **kwargs)

    monkeypatch.setattr(token_crypto, "decrypt", change_and_decrypt)
    result = reencrypt()
    assert (result.reencrypted, result.changed) == (4, 1)
    copy = row.get().encrypted_copy
    assert (None if copy is None else bytes(copy)) == change["encrypted_copy"]
