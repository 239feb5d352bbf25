import unicodedata

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from workspaces.names import MAX_NAME_LENGTH, clean_name


@pytest.mark.parametrize("text", ["a", "CI runner #2", "日本語", "Ünïcødé", "می‌خواهم", "👩‍👩‍👧", "<b>&", "x" * 100])
def test_what_can_be_seen_is_a_name(text):
    assert clean_name(text) == unicodedata.normalize("NFC", text)


def test_blanks_at_the_ends_are_cut():
    assert clean_name(" \t CI \n ") == "CI"


def test_two_ways_to_write_a_letter_are_one():
    assert clean_name("e\u0301") == clean_name("\u00e9") == "\u00e9"


@pytest.mark.parametrize(
    "text", ["", "   ", "\u00a0", "\u200d", "\u200c\u200c", "\u0301", "\u3164", "\u2800 \u2800", "\u115f\uffa0"]
)
def test_what_shows_nothing_is_no_name(text):
    with pytest.raises(ValidationError, match="Enter a label of 1 to 100 characters") as refused:
        clean_name(text, noun="label")
    assert refused.value.code == "required"


INVISIBLE = {
    "nul": "\0",
    "new line": "\n",
    "escape": "\x1b",
    "delete": "\x7f",
    "direction": "\u202e",
    "isolate": "\u2066",
    "zero width": "\u200b",
    "byte order": "\ufeff",
    "soft hyphen": "\u00ad",
    "line separator": "\u2028",
    "surrogate": "\ud800",
    "private": "\ue000",
    "unassigned": "\U000e0fff",
    "tag": "\U000e0041",
}


@pytest.mark.parametrize("character", INVISIBLE.values(), ids=INVISIBLE)
def test_no_name_hides_a_character(character):
    with pytest.raises(ValidationError) as refused:
        clean_name(f"a{character}b")
    assert refused.value.code == "invisible"


@pytest.mark.parametrize("text", ["x" * 101, "é" * 101, "x" * 5000])
def test_a_name_that_is_too_long_is_told_its_length(text):
    with pytest.raises(ValidationError, match=f"has {len(text)} characters. Use at most 100") as refused:
        clean_name(text)
    assert refused.value.code == "max_length"


@given(st.text(max_size=120))
def test_a_name_is_clean_and_stays_as_it_is_or_is_refused(text):
    try:
        name = clean_name(text)
    except ValidationError:
        return
    assert clean_name(name) == name == name.strip() != ""
    assert len(name) <= MAX_NAME_LENGTH
    name.encode()
