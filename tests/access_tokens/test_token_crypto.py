from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access_tokens.token_crypto import Ciphertext, DecryptionError, decrypt, encrypt, generate_key, parse_key_ring
from access_tokens.token_format import BASE62, checksum, generate

pytestmark = pytest.mark.same_on_each_database

OLD, NEW = {"k1": b"a" * 32}, {"k2": b"b" * 32}
ROTATED = {**NEW, **OLD}
tokens = st.text(alphabet=BASE62, min_size=53, max_size=53).map(lambda body: f"lkey_{body}{checksum('lkey_' + body)}")


# Encrypted copies


@given(tokens)
def test_encrypted_token_can_be_decrypted_and_is_not_readable(token):
    ciphertext = encrypt(token, context="1:abc", keys=NEW)
    assert ciphertext.key_id == "k2"
    assert token.encode() not in ciphertext.value
    assert decrypt(ciphertext, context="1:abc", keys=ROTATED) == token


def test_each_encryption_gives_another_ciphertext():
    token = generate().plaintext
    assert len({encrypt(token, context="1:abc", keys=NEW).value for _ in range(20)}) == 20


def test_copy_encrypted_with_an_older_key_can_be_decrypted():
    token = generate().plaintext
    assert decrypt(encrypt(token, context="x", keys=OLD), context="x", keys=ROTATED) == token


@pytest.mark.parametrize("context", ["2:abc", "1:abd", ""])
def test_copy_moved_to_another_row_can_not_be_decrypted(context):
    ciphertext = encrypt(generate().plaintext, context="1:abc", keys=NEW)
    with pytest.raises(DecryptionError, match="altered or belongs to another"):
        decrypt(ciphertext, context=context, keys=NEW)


@given(st.data())
def test_altered_copy_can_not_be_decrypted(data):
    ciphertext = encrypt(generate().plaintext, context="1:abc", keys=NEW)
    position = data.draw(st.integers(0, len(ciphertext.value) - 1))
    altered = bytearray(ciphertext.value)
    altered[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises(DecryptionError):
        decrypt(Ciphertext("k2", bytes(altered)), context="1:abc", keys=NEW)


@pytest.mark.parametrize("length", [0, 5, 12, 20])
def test_truncated_copy_can_not_be_decrypted(length):
    ciphertext = encrypt(generate().plaintext, context="x", keys=NEW)
    with pytest.raises(DecryptionError):
        decrypt(Ciphertext("k2", ciphertext.value[:length]), context="x", keys=NEW)


def test_error_names_the_missing_encryption_key():
    ciphertext = encrypt(generate().plaintext, context="x", keys=OLD)
    with pytest.raises(DecryptionError, match="no key “k1”"):
        decrypt(ciphertext, context="x", keys=NEW)


# Key rings

KEY = urlsafe_b64encode(bytes(range(32))).decode()


def test_generated_key_can_be_parsed():
    ring = parse_key_ring(f"{generate_key('k2')}, {generate_key('k1')}")
    assert list(ring) == ["k2", "k1"]
    assert all(len(key) == 32 for key in ring.values())


@pytest.mark.parametrize("text", [f"k1:{KEY}", f"k1:{KEY.rstrip('=')}", f" k1:{KEY} , "])
def test_padding_and_whitespace_around_a_key_are_optional(text):
    assert dict(parse_key_ring(text)) == {"k1": bytes(range(32))}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (KEY, "Key 1 has no ID"),
        (f"k1:{KEY},{KEY}", "Key 2 has no ID"),
        (f":{KEY}", "Key 1 has no ID"),
        (f"an id:{KEY}", "Key 1 has no ID"),
        (f"{'k' * 17}:{KEY}", "Key 1 has no ID"),
        (f"k1:{KEY},k1:{KEY}", "Two keys have the ID “k1”"),
        (f"k1:{KEY[:30]}", "Key “k1” is not 32 bytes"),
        (f"k1:{KEY}{KEY}", "Key “k1” is not 32 bytes"),
        (f"k1:{KEY[:8]}!{KEY[8:]}", "Key “k1” is not 32 bytes"),
        ("k1:", "Key “k1” is not 32 bytes"),
        (f"k1:é{KEY}", "Key “k1” is not 32 bytes"),
    ],
)
def test_malformed_ring_is_rejected_with_a_message_that_contains_no_key(text, message):
    with pytest.raises(ValueError, match=message) as error:
        parse_key_ring(text)
    assert KEY[:8] not in str(error.value)
    assert error.value.__cause__ is None
