import unicodedata

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from workspaces.names import MAX_NAME_LENGTH, clean_name


@pytest.mark.parametrize("text", ["a", "CI runner #2", "日本語", "Ünïcødé", "می‌خواهم", "👩‍👩‍👧", "<b>&", "x" * 100])
def test_names_in_any_script_are_accepted(text):
    assert clean_name(text) == unicodedata.normalize("NFC", text)


def test_surrounding_whitespace_is_removed():
    assert clean_name(" \t CI \n ") == "CI"


def test_names_are_normalized_to_composed_characters():
    assert clean_name("e\u0301") == clean_name("\u00e9") == "\u00e9"


@pytest.mark.parametrize(
    "text", ["", "   ", "\u00a0", "\u200d", "\u200c\u200c", "\u0301", "\u3164", "\u2800 \u2800", "\u115f\uffa0"]
)
def test_name_without_visible_characters_is_rejected(text):
    with pytest.raises(ValidationError, match="Enter a label of 1 to 100 characters") as error:
        clean_name(text, noun="label")
    assert error.value.code == "required"


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
def test_name_with_an_invisible_character_is_rejected(character):
    with pytest.raises(ValidationError) as error:
        clean_name(f"a{character}b")
    assert error.value.code == "invisible"


@pytest.mark.parametrize("text", ["x" * 101, "é" * 101, "x" * 5000])
def test_name_that_is_too_long_is_rejected_with_its_length(text):
    with pytest.raises(ValidationError, match=f"has {len(text)} characters. Use at most 100") as error:
        clean_name(text)
    assert error.value.code == "max_length"


@given(st.text(max_size=120))
def test_any_text_is_rejected_or_becomes_a_name_that_stays_the_same(text):
    try:
        name = clean_name(text)
    except ValidationError:
        return
    assert clean_name(name) == name == name.strip() != ""
    assert len(name) <= MAX_NAME_LENGTH
    name.encode()
