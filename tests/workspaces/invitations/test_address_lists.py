import csv
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspaces.invitations.address_lists import is_valid_email, parse_csv, parse_text, parse_text_and_csv
from workspaces.permissions import Role

pytestmark = pytest.mark.same_on_each_database
VIEWER, MEMBER, OWNER = Role.VIEWER, Role.TEAM_MEMBER, Role.OWNER


def pairs(invitees):
    return [(entry.line, entry.email, entry.role) for entry in invitees]


@pytest.mark.parametrize(
    "text",
    [
        "ada@acme.example, bob@acme.example",
        "ada@acme.example;bob@acme.example;",
        "  Ada@Acme.Example\tbob@acme.example ",
        "Ada Lovelace <ada@acme.example>, Bob <bob@acme.example>",
        '"Lovelace, Ada" <ada@acme.example>; "Bob" <bob@acme.example>',
        "ada@acme.example Bob Smith <bob@acme.example>",
        "<ada@acme.example> <bob@acme.example>, ada@acme.example",
        "ada@acme.example,bob@acme.example",
    ],
)
def test_addresses_are_separated_by_commas_semicolons_or_whitespace(text):
    invitees, rejected = parse_text(text, VIEWER)
    assert pairs(invitees) == [(1, "ada@acme.example", VIEWER), (1, "bob@acme.example", VIEWER)]
    assert rejected == []


def test_line_can_have_its_own_role():
    invitees, rejected = parse_text(
        "ada@acme.example, Team Member\nBob <bob@acme.example>;owner\nzoe@acme.example", VIEWER
    )
    assert pairs(invitees) == [
        (1, "ada@acme.example", MEMBER),
        (2, "bob@acme.example", OWNER),
        (3, "zoe@acme.example", VIEWER),
    ]
    assert rejected == []


@pytest.mark.parametrize(
    ("text", "line", "again", "why"),
    [
        ("\nada@", 2, "ada@", "not a valid e-mail address"),
        ("Ada Lovelace", 1, "Ada", "not a valid e-mail address"),
        ('"\x01"@acme.example', 1, None, "not a valid e-mail address"),
        ("ada@acme.example, boss", 1, "ada@acme.example, boss", "There is no role “boss”"),
        (
            "ada@acme.example\nada@acme.example, owner",
            2,
            "ada@acme.example, owner",
            "Line 1 has the same address",
        ),
        (f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 63}.example", 1, None, "not a valid e-mail address"),
    ],
)
def test_invalid_entry_is_rejected_with_its_line_and_text(text, line, again, why):
    _, rejected = parse_text(text, VIEWER)
    assert (rejected[0].line, rejected[0].text) == (line, again or text)
    assert why in rejected[0].reason
    assert rejected[0].can_be_corrected


@pytest.mark.parametrize(
    "text",
    [
        "ada@acme.example,Team Member\nbob@acme.example,\n",
        "email,role\nada@acme.example,team_member\n\nbob@acme.example\n",
        "Name;Role;E-mail\r\nAda;team-member;ada@acme.example\r\nBob;;bob@acme.example\r\n",
        '"Ada" <ada@acme.example>\tteam member\nbob@acme.example\t',
    ],
)
def test_csv_file_has_addresses_and_roles(text):
    invitees, rejected = parse_csv(text, VIEWER)
    assert [(entry.email, entry.role) for entry in invitees] == [
        ("ada@acme.example", MEMBER),
        ("bob@acme.example", VIEWER),
    ]
    assert rejected == []


def test_invalid_rows_are_rejected_with_their_line():
    invitees, rejected = parse_csv(
        "address,role\nada@acme.example,boss\nnonsense,viewer\nbob@acme.example,viewer", VIEWER
    )
    assert [entry.email for entry in invitees] == ["bob@acme.example"]
    assert [(one.line, one.text) for one in rejected] == [(2, "ada@acme.example, boss"), (3, "nonsense, viewer")]


def test_address_in_both_the_text_and_the_file_is_invited_once():
    pasted, file = "ada@acme.example\nbob@acme.example", "Ada@acme.example\nbob@acme.example,owner"
    invitees, rejected = parse_text_and_csv(pasted, file, VIEWER)
    assert pairs(invitees) == [(1, "ada@acme.example", VIEWER), (2, "bob@acme.example", VIEWER)]
    assert [(one.line, one.reason) for one in rejected] == [(2, "Line 2 has the same address with the role Viewer.")]


def test_csv_with_an_oversized_field_is_rejected():
    with pytest.raises(csv.Error):
        parse_csv(f'"{"x" * 200_000}"', VIEWER)


@given(st.text(max_size=300))
def test_address_after_any_text_is_still_found(text):
    invitees, rejected = parse_text(f"{text}\nada@acme.example", VIEWER)
    assert "ada@acme.example" in [entry.email for entry in invitees]
    assert all(is_valid_email(entry.email) for entry in invitees)
    assert all(one.text for one in rejected)


@pytest.mark.parametrize("unit", ["a ", '"', "a <", "<", "a@b ", '" <', "<a> "])
def test_long_text_is_parsed_in_linear_time(unit):
    began = time.process_time()
    parse_text(unit * (100_000 // len(unit)), VIEWER)
    assert time.process_time() - began < 10
