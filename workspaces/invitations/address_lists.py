"""Whom to invite, as people paste it or a spreadsheet saves it. Pure: what a workspace says to it is in `inviting`."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from workspaces.permissions import Role

MAX_ENTRIES = 1_000
MAX_EMAIL_LENGTH = 254
NAMED = re.compile(r'(?:^|(?<=[\s,;]))(?:"[^"]{0,100}"|[^,;<>"@]{0,100}?)\s{0,5}<([^<>]*)>')
"""`Ada Lovelace <ada@acme.example>`"""
SEPARATORS = re.compile(r"[\s,;]+")
DELIMITERS = ",;\t"
ADDRESS_HEADERS = {"address", "e-mail", "e-mail address", "email", "email address", "mail"}


@dataclass(frozen=True)
class Invitee:
    """One who is to be invited. `line`: where it stands in what was given. `text`: how."""

    line: int
    text: str
    email: str
    role: Role


@dataclass(frozen=True)
class RejectedInvitee:
    """What can't be invited, and why. `is_correctable`: might another spelling or role do?"""

    line: int
    text: str
    why: str
    is_correctable: bool = True


type Read = tuple[list[Invitee], list[RejectedInvitee]]
type Found = tuple[int, str, str, str]
"""Line, text, address and role of what may become an entry."""


def parse_text(text: str, role: Role) -> Read:
    """Addresses with commas, semicolons, blanks or lines between; `Name <address>` too; a line may be `address, role`.

    role: of those without a role of their own.
    """
    return _read(_found_in_list(text, role))


def parse_csv(text: str, role: Role) -> Read:
    """Rows of address and role, which may be left out; with a header row, the columns of these names.

    Raises: csv.Error, if it can't be read as such.
    """
    return _read(_found_in_csv(text, role))


def parse_text_and_csv(pasted: str, file: str, role: Role) -> Read:
    """A pasted list and a CSV file as one: who stands in both is invited once.

    Raises: csv.Error.
    """
    return _read(chain(_found_in_list(pasted, role), _found_in_csv(file, role)))


def _found_in_list(text: str, role: Role) -> Iterator[Found]:
    for number, line in enumerate(text.splitlines(), start=1):
        for cells in _cells_of_line(line, role):
            yield number, *cells


def _found_in_csv(text: str, role: Role) -> Iterator[Found]:
    first = next(filter(str.strip, text.splitlines()), "")
    rows = csv.reader(text.splitlines(keepends=True), delimiter=max(DELIMITERS, key=first.count))
    return _cells_of_rows(rows, role)


def _cells_of_line(line: str, role: Role) -> Iterator[tuple[str, str, str]]:
    """Text, address and role of each entry of a line."""
    parts = [part.strip() for part in re.split(r"[,;\t]", line)]
    if len(parts) == 2 and "@" in parts[0] and parts[1] and "@" not in parts[1]:
        yield line.strip(), _bare(parts[0]), parts[1]
        return
    for part in filter(None, SEPARATORS.split(NAMED.sub(r" \1 ", line))):
        yield part, part, role.label


def _cells_of_rows(rows: Iterable[list[str]], role: Role) -> Iterator[Found]:
    of_address, of_role, is_first = 0, 1, True
    for row in rows:
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        names = [cell.lower() for cell in cells]
        if is_first and ADDRESS_HEADERS.intersection(names):
            of_address = next(place for place, name in enumerate(names) if name in ADDRESS_HEADERS)
            of_role = names.index("role") if "role" in names else len(names)
        else:
            address, given = (cells[place] if place < len(cells) else "" for place in (of_address, of_role))
            text = ", ".join(filter(None, (address, given)))
            yield rows.line_num, text or ", ".join(cells), _bare(address), given or role.label  # type: ignore[attr-defined] # a csv.reader
        is_first = False


def _read(found: Iterable[Found]) -> Read:
    """Those that are an address with a role, and those that are not. Who stands there twice is invited once."""
    entries: dict[str, Invitee] = {}
    refused: list[RejectedInvitee] = []
    for line, text, address, role_name in found:
        email, role = address.lower(), find_role(role_name)
        if not is_valid_email(email):
            refused.append(RejectedInvitee(line, text, "This is no e-mail address."))
        elif role is None:
            refused.append(RejectedInvitee(line, text, f"There is no role “{role_name}”."))
        elif email in entries and entries[email].role != role:
            before = entries[email]
            words = f"It stands in line {before.line} too, as {before.role.label}."
            refused.append(RejectedInvitee(line, text, words))
        else:
            entries.setdefault(email, Invitee(line, text, email, role))
    return list(entries.values()), refused


def is_valid_email(email: str) -> bool:
    """Could it be sent to? Django's validator lets quoted control characters pass, which no header can hold."""
    try:
        validate_email(email)
    except ValidationError:
        return False
    return len(email) <= MAX_EMAIL_LENGTH and email.isprintable()


def find_role(name: str) -> Role | None:
    """`Team Member`, `team_member` and `team-member` are the same role; None, if there is none of this name."""
    plain = re.sub(r"[\s_-]+", "_", name.strip().lower())
    return next((role for role in Role if role.api_name == plain), None)


def _bare(text: str) -> str:
    """The address in `Name <address>`; all else as it is."""
    named = NAMED.fullmatch(text.strip())
    return named[1].strip() if named else text.strip()
