import json
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access_tokens import token_format
from access_tokens.token_format import (
    BASE62,
    Ciphertext,
    DecryptionError,
    Digest,
    checksum,
    generate,
    generate_key,
    key_id_of,
    mask,
    parse_key_ring,
)
from accounts.redaction import redact

pytestmark = pytest.mark.same_on_each_database

OLD, NEW = {"k1": b"a" * 32}, {"k2": b"b" * 32}
ROTATED = {**NEW, **OLD}
base62 = st.text(alphabet=BASE62)
bodies = st.text(alphabet=BASE62, min_size=53, max_size=53)


def token_of(body):
    return f"lkey_{body}{checksum('lkey_' + body)}"


# Format


def test_a_token_has_64_characters_in_the_designed_order():
    key_id, plaintext = generate()
    assert len(plaintext) == token_format.TOKEN_LENGTH == 64
    assert token_format.TOKEN_PATTERN.fullmatch(plaintext)
    assert plaintext[5:15] == key_id
    assert plaintext[-6:] == checksum(plaintext[:-6])


def test_no_two_tokens_are_alike():
    tokens = [generate() for _ in range(500)]
    assert len({token.key_id for token in tokens}) == len({token.plaintext[15:58] for token in tokens}) == 500


def test_secrets_use_the_whole_alphabet():
    assert set("".join(generate().plaintext[5:58] for _ in range(200))) == set(BASE62)


def test_each_character_is_as_likely_as_any_other():
    kept = bytes(range(256)).translate(token_format.CHARACTERS, token_format.LEFT_OUT).decode()
    assert {kept.count(character) for character in BASE62} == {4}
    assert len(kept) == 4 * len(BASE62)


@given(bodies)
def test_every_well_formed_token_gives_its_key_id(body):
    assert key_id_of(token_of(body)) == body[:10]


@given(bodies, st.data())
def test_any_single_changed_character_is_refused(body, data):
    token = token_of(body)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from([character for character in BASE62 + "_-é" if character != token[place]]))
    assert key_id_of(token[:place] + other + token[place + 1 :]) is None


@given(bodies, st.integers(0, 62))
def test_two_neighbours_that_changed_places_are_refused(body, place):
    token = token_of(body)
    swapped = token[:place] + token[place + 1] + token[place] + token[place + 2 :]
    assert swapped == token or key_id_of(swapped) is None


@given(st.text())
def test_no_other_text_is_taken_for_a_token(text):
    assert key_id_of(text) is None


@pytest.mark.parametrize("spoil", ["{}\n", " {}", "{} ", "{}0", "Bearer {}", "\u200b{}"])
def test_a_token_with_something_around_it_is_refused(spoil):
    assert key_id_of(spoil.format(generate().plaintext)) is None


@pytest.mark.parametrize("length", [0, 52, 54, 200])
def test_another_length_is_refused_even_with_a_right_checksum(length):
    assert key_id_of(token_of("a" * 53)) == "a" * 10
    assert key_id_of(token_of("a" * length)) is None


def test_a_token_in_another_case_is_refused():
    assert key_id_of(generate().plaintext.upper()) is None


@given(base62)
def test_a_checksum_is_six_base62_characters(text):
    assert len(checksum(text)) == 6
    assert set(checksum(text)) <= set(BASE62)


def test_the_checksum_is_crc_32():
    """Known value, so that no refactoring turns every issued token into a malformed one: CRC-32("123456789")."""
    number = 0
    for character in checksum("123456789"):
        number = number * 62 + BASE62.index(character)
    assert number == 0xCBF43926


# Masks


def test_a_mask_is_the_first_ten_characters_and_none_of_the_secret():
    key_id, plaintext = generate()
    assert mask(key_id) == plaintext[:10] + "…"


@given(st.text(alphabet=" .,:\n\"'é"), bodies, st.text(alphabet=" .,:\n\"'é"))
def test_redaction_leaves_no_secret_in_a_text(before, body, after):
    token = token_of(body)
    assert redact(before + token + after) == f"{before}{token[:10]}…{after}"


@pytest.mark.parametrize("length", [16, 30, 63])
def test_most_of_a_token_is_redacted_too(length):
    token = generate().plaintext[:length]
    assert redact(json.dumps({"q": token})) == json.dumps({"q": token[:10]})[:-2] + '…"}'


def test_two_tokens_in_a_text_are_both_redacted():
    one, other = generate().plaintext, generate().plaintext
    assert redact(f"{one} {other}") == f"{one[:10]}… {other[:10]}…"


def test_a_mask_and_a_key_id_are_left_alone():
    key_id, plaintext = generate()
    words = f"ada@acme.example_{key_id} {plaintext[:15]} {mask(key_id)}"
    assert redact(words) == words


# Digest


@given(bodies)
def test_a_digest_is_32_bytes_and_matches_only_its_own_token(body):
    token = token_of(body)
    digest = token_format.digest(token, NEW)
    assert (digest.pepper_id, len(digest.value)) == ("k2", 32)
    assert token_format.matches(token, digest, NEW)
    assert not token_format.matches(generate().plaintext, digest, NEW)


def test_the_first_pepper_writes_and_the_older_ones_still_match():
    token = generate().plaintext
    before = token_format.digest(token, OLD)
    assert token_format.digest(token, ROTATED).pepper_id == "k2"
    assert token_format.matches(token, before, ROTATED)


def test_a_digest_of_a_pepper_that_is_gone_matches_nothing():
    token = generate().plaintext
    assert not token_format.matches(token, token_format.digest(token, OLD), NEW)


def test_another_pepper_under_the_same_id_does_not_match():
    token = generate().plaintext
    assert not token_format.matches(token, Digest("k1", token_format.digest(token, NEW).value), OLD)


# Seal


@given(bodies)
def test_a_seal_opens_to_the_token_and_hides_it(body):
    token = token_of(body)
    ciphertext = token_format.encrypt(token, bound_to="1:abc", keys=NEW)
    assert ciphertext.key_id == "k2"
    assert token.encode() not in ciphertext.value
    assert token_format.decrypt(ciphertext, bound_to="1:abc", keys=ROTATED) == token


def test_the_same_token_is_sealed_differently_each_time():
    token = generate().plaintext
    assert len({token_format.encrypt(token, bound_to="1:abc", keys=NEW).value for _ in range(20)}) == 20


def test_a_seal_made_with_an_older_key_still_opens():
    token = generate().plaintext
    assert (
        token_format.decrypt(token_format.encrypt(token, bound_to="x", keys=OLD), bound_to="x", keys=ROTATED) == token
    )


@pytest.mark.parametrize("moved_to", ["2:abc", "1:abd", ""])
def test_a_seal_moved_to_another_row_does_not_open(moved_to):
    ciphertext = token_format.encrypt(generate().plaintext, bound_to="1:abc", keys=NEW)
    with pytest.raises(DecryptionError, match="altered or belongs to another"):
        token_format.decrypt(ciphertext, bound_to=moved_to, keys=NEW)


@given(st.data())
def test_an_altered_seal_does_not_open(data):
    ciphertext = token_format.encrypt(generate().plaintext, bound_to="1:abc", keys=NEW)
    place = data.draw(st.integers(0, len(ciphertext.value) - 1))
    altered = bytearray(ciphertext.value)
    altered[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(DecryptionError):
        token_format.decrypt(Ciphertext("k2", bytes(altered)), bound_to="1:abc", keys=NEW)


@pytest.mark.parametrize("length", [0, 5, 12, 20])
def test_a_seal_that_was_cut_short_does_not_open(length):
    ciphertext = token_format.encrypt(generate().plaintext, bound_to="x", keys=NEW)
    with pytest.raises(DecryptionError):
        token_format.decrypt(Ciphertext("k2", ciphertext.value[:length]), bound_to="x", keys=NEW)


def test_a_seal_whose_key_is_gone_says_which_one():
    ciphertext = token_format.encrypt(generate().plaintext, bound_to="x", keys=OLD)
    with pytest.raises(DecryptionError, match="no sealing key “k1”"):
        token_format.decrypt(ciphertext, bound_to="x", keys=NEW)


# Keys


def test_a_generated_key_can_be_read_back():
    ring = parse_key_ring(f"{generate_key('k2')}, {generate_key('k1')}")
    assert list(ring) == ["k2", "k1"]
    assert all(len(key) == 32 for key in ring.values())


KEY = urlsafe_b64encode(bytes(range(32))).decode()


@pytest.mark.parametrize("text", [f"k1:{KEY}", f"k1:{KEY.rstrip('=')}", f" k1:{KEY} , "])
def test_padding_and_blanks_around_a_key_do_not_matter(text):
    assert dict(parse_key_ring(text)) == {"k1": bytes(range(32))}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (KEY, "Key 1 has no id"),
        (f"k1:{KEY},{KEY}", "Key 2 has no id"),
        (f":{KEY}", "Key 1 has no id"),
        (f"an id:{KEY}", "Key 1 has no id"),
        (f"{'k' * 17}:{KEY}", "Key 1 has no id"),
        (f"k1:{KEY},k1:{KEY}", "Two keys have the id “k1”"),
        (f"k1:{KEY[:30]}", "Key “k1” is not 32 bytes"),
        (f"k1:{KEY}{KEY}", "Key “k1” is not 32 bytes"),
        (f"k1:{KEY[:8]}!{KEY[8:]}", "Key “k1” is not 32 bytes"),
        ("k1:", "Key “k1” is not 32 bytes"),
        (f"k1:é{KEY}", "Key “k1” is not 32 bytes"),
    ],
)
def test_a_malformed_ring_is_refused_with_words_that_repeat_no_key(text, words):
    with pytest.raises(ValueError, match=words) as refused:
        parse_key_ring(text)
    assert KEY[:8] not in str(refused.value)
    assert refused.value.__cause__ is None


def test_keys_are_written_once_into_a_file_that_only_its_owner_reads(tmp_path):
    path = token_format.ensure_keys_file(tmp_path / "data" / "keys.env")
    first = path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert [line.partition("=")[0] for line in first.splitlines()] == [
        "SECRET_KEY",
        "TOKEN_PEPPERS",
        "TOKEN_ENCRYPTION_KEYS",
    ]
    assert token_format.ensure_keys_file(path).read_text() == first
