import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access_tokens import token_format
from access_tokens.token_format import BASE62, Digest, checksum, digest, generate, mask, matches, parse_key_id
from accounts.redaction import redact

pytestmark = pytest.mark.same_on_each_database

base62 = st.text(alphabet=BASE62)
bodies = st.text(alphabet=BASE62, min_size=53, max_size=53)


def token_of(body):
    return f"lkey_{body}{checksum('lkey_' + body)}"


# generate


def test_token_is_prefix_key_id_secret_and_checksum():
    key_id, plaintext = generate()
    assert len(plaintext) == token_format.TOKEN_LENGTH == 64
    assert token_format.TOKEN_PATTERN.fullmatch(plaintext)
    assert plaintext[5:15] == key_id
    assert plaintext[-6:] == checksum(plaintext[:-6])


def test_new_secret_keeps_the_given_key_id():
    assert generate("7fK2mQ9xLp").plaintext.startswith("lkey_7fK2mQ9xLp")


def test_tokens_are_unique():
    tokens = [generate() for _ in range(500)]
    assert len({token.key_id for token in tokens}) == len({token.plaintext[15:58] for token in tokens}) == 500


def test_secrets_use_the_whole_alphabet():
    assert set("".join(generate().plaintext[5:58] for _ in range(200))) == set(BASE62)


def test_characters_are_equally_likely():
    characters = bytes(range(256)).translate(token_format.BASE62_OF_BYTE, token_format.BIASED_BYTES).decode()
    assert {characters.count(character) for character in BASE62} == {4}
    assert len(characters) == 4 * len(BASE62)


# parse_key_id


@given(bodies)
def test_well_formed_token_gives_its_key_id(body):
    assert parse_key_id(token_of(body)) == body[:10]


@given(bodies, st.data())
def test_token_with_one_changed_character_is_rejected(body, data):
    token = token_of(body)
    position = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from([character for character in BASE62 + "_-é" if character != token[position]]))
    assert parse_key_id(token[:position] + other + token[position + 1 :]) is None


@given(bodies, st.integers(0, 62))
def test_token_with_two_swapped_characters_is_rejected(body, position):
    token = token_of(body)
    swapped = token[:position] + token[position + 1] + token[position] + token[position + 2 :]
    assert swapped == token or parse_key_id(swapped) is None


@given(st.text())
def test_arbitrary_text_is_rejected(text):
    assert parse_key_id(text) is None


@pytest.mark.parametrize("surrounded", ["{}\n", " {}", "{} ", "{}0", "Bearer {}", "\u200b{}"])
def test_token_surrounded_by_other_characters_is_rejected(surrounded):
    assert parse_key_id(surrounded.format(generate().plaintext)) is None


@pytest.mark.parametrize("length", [0, 52, 54, 200])
def test_wrong_length_is_rejected_even_with_a_correct_checksum(length):
    assert parse_key_id(token_of("a" * 53)) == "a" * 10
    assert parse_key_id(token_of("a" * length)) is None


def test_token_in_upper_case_is_rejected():
    assert parse_key_id(generate().plaintext.upper()) is None


# checksum


@given(base62)
def test_checksum_is_six_base62_characters(text):
    assert len(checksum(text)) == 6
    assert set(checksum(text)) <= set(BASE62)


def test_checksum_is_crc_32():
    """Check against a known value, because another checksum would invalidate every token: CRC-32("123456789")."""
    number = 0
    for character in checksum("123456789"):
        number = number * 62 + BASE62.index(character)
    assert number == 0xCBF43926


# mask and redact


def test_mask_is_the_first_ten_characters_and_contains_no_secret():
    key_id, plaintext = generate()
    assert mask(key_id) == plaintext[:10] + "…"


@given(st.text(alphabet=" .,:\n\"'é"), bodies, st.text(alphabet=" .,:\n\"'é"))
def test_redaction_removes_the_secret_from_a_text(before, body, after):
    token = token_of(body)
    assert redact(before + token + after) == f"{before}{token[:10]}…{after}"


@pytest.mark.parametrize("length", [16, 30, 63])
def test_truncated_token_is_redacted(length):
    token = generate().plaintext[:length]
    assert redact(json.dumps({"q": token})) == json.dumps({"q": token[:10]})[:-2] + '…"}'


def test_every_token_in_a_text_is_redacted():
    one, other = generate().plaintext, generate().plaintext
    assert redact(f"{one} {other}") == f"{one[:10]}… {other[:10]}…"


def test_masked_token_and_key_id_are_not_redacted():
    key_id, plaintext = generate()
    text = f"ada@acme.example_{key_id} {plaintext[:15]} {mask(key_id)}"
    assert redact(text) == text


# Digests


OLD_PEPPERS, NEW_PEPPERS = {"k1": b"a" * 32}, {"k2": b"b" * 32}
ROTATED_PEPPERS = {**NEW_PEPPERS, **OLD_PEPPERS}


@given(bodies)
def test_digest_has_32_bytes_and_matches_only_its_own_token(body):
    token = token_of(body)
    expected = digest(token, NEW_PEPPERS)
    assert (expected.pepper_id, len(expected.value)) == ("k2", 32)
    assert matches(token, expected, NEW_PEPPERS)
    assert not matches(generate().plaintext, expected, NEW_PEPPERS)


def test_first_pepper_writes_and_older_peppers_still_match():
    token = generate().plaintext
    before = digest(token, OLD_PEPPERS)
    assert digest(token, ROTATED_PEPPERS).pepper_id == "k2"
    assert matches(token, before, ROTATED_PEPPERS)


def test_digest_under_a_removed_pepper_matches_nothing():
    token = generate().plaintext
    assert not matches(token, digest(token, OLD_PEPPERS), NEW_PEPPERS)


def test_another_pepper_with_the_same_id_does_not_match():
    token = generate().plaintext
    assert not matches(token, Digest("k1", digest(token, NEW_PEPPERS).value), OLD_PEPPERS)
