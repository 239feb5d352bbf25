"""Lists of people to invite, pasted as text or uploaded as CSV. Needs no database."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from workspaces.permissions import Role

MAX_INVITEES = 1_000
MAX_EMAIL_LENGTH = 254
INVALID_EMAIL = "This is not a valid e-mail address."
NAME_AND_EMAIL = re.compile(r'(?:^|(?<=[\s,;]))(?:"[^"]{0,100}"|[^,;<>"@]{0,100}?)\s{0,5}<([^<>]*)>')
"""`Ada Lovelace <ada@acme.example>`"""
SEPARATORS = re.compile(r"[\s,;]+")
DELIMITERS = ",;\t"
EMAIL_HEADERS = {"address", "e-mail", "e-mail address", "email", "email address", "mail"}


@dataclass(frozen=True)
class Invitee:
    """Someone to invite. `line` and `text` are where and how they appear in the list."""

    line: int
    text: str
    email: str
    role: Role


@dataclass(frozen=True)
class RejectedInvitee:
    """An entry of a list that can't be invited. `can_be_corrected`: another spelling or role could help."""

    line: int
    text: str
    reason: str
    can_be_corrected: bool = True


type ParsedList = tuple[list[Invitee], list[RejectedInvitee]]


class _Entry(NamedTuple):
    line: int
    text: str
    email: str
    role: str


def parse_text(text: str, role: Role) -> ParsedList:
    """Parse addresses separated by commas, semicolons or whitespace.

    `Name <address>` is accepted, and a line can be `address, role`. `role` is the role of all other addresses.
    """
    return _validate(_text_entries(text, role))


def parse_csv(text: str, role: Role) -> ParsedList:
    """Parse rows of an address and an optional role. A header row can name the columns in another order.

    Raises: csv.Error if the text is not CSV.
    """
    return _validate(_csv_entries(text, role))


def parse_text_and_csv(text: str, csv_text: str, role: Role) -> ParsedList:
    """Parse pasted text and a CSV file as one list without duplicates. Raises: csv.Error."""
    return _validate(chain(_text_entries(text, role), _csv_entries(csv_text, role)))


def _text_entries(text: str, role: Role) -> Iterator[_Entry]:
    for number, line in enumerate(text.splitlines(), start=1):
        cells = [cell.strip() for cell in re.split(r"[,;\t]", line)]
        if len(cells) == 2 and "@" in cells[0] and cells[1] and "@" not in cells[1]:
            yield _Entry(number, line.strip(), _email_of(cells[0]), cells[1])
            continue
        for email in filter(None, SEPARATORS.split(NAME_AND_EMAIL.sub(r" \1 ", line))):
            yield _Entry(number, email, email, role.label)


def _csv_entries(text: str, role: Role) -> Iterator[_Entry]:
    first_line = next(filter(str.strip, text.splitlines()), "")
    reader = csv.reader(text.splitlines(keepends=True), delimiter=max(DELIMITERS, key=first_line.count))
    email_column, role_column, is_first = 0, 1, True
    for row in reader:
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        headers = [cell.lower() for cell in cells]
        if is_first and EMAIL_HEADERS.intersection(headers):
            email_column = next(column for column, header in enumerate(headers) if header in EMAIL_HEADERS)
            role_column = headers.index("role") if "role" in headers else len(headers)
        else:
            email, role_name = (cells[column] if column < len(cells) else "" for column in (email_column, role_column))
            row_text = ", ".join(filter(None, (email, role_name))) or ", ".join(cells)
            yield _Entry(reader.line_num, row_text, _email_of(email), role_name or role.label)
        is_first = False


def _validate(entries: Iterable[_Entry]) -> ParsedList:
    """Separate valid entries from invalid ones. A repeated address with the same role is invited once."""
    invitees: dict[str, Invitee] = {}
    rejected: list[RejectedInvitee] = []
    for line, text, address, role_name in entries:
        email, role = address.lower(), find_role(role_name)
        previous = invitees.get(email)
        if not is_valid_email(email):
            rejected.append(RejectedInvitee(line, text, INVALID_EMAIL))
        elif role is None:
            rejected.append(RejectedInvitee(line, text, f"There is no role “{role_name}”."))
        elif previous and previous.role != role:
            reason = f"Line {previous.line} has the same address with the role {previous.role.label}."
            rejected.append(RejectedInvitee(line, text, reason))
        else:
            invitees.setdefault(email, Invitee(line, text, email, role))
    return list(invitees.values()), rejected


def is_valid_email(email: str) -> bool:
    """Return whether mail can be sent to this address.

    Django's validator accepts quoted control characters, which no header can contain.
    """
    try:
        validate_email(email)
    except ValidationError:
        return False
    return len(email) <= MAX_EMAIL_LENGTH and email.isprintable()


def find_role(name: str) -> Role | None:
    """Return the role with this label or API name, written with spaces, hyphens or underscores."""
    api_name = re.sub(r"[\s_-]+", "_", name.strip().lower())
    return next((role for role in Role if role.api_name == api_name), None)


def _email_of(text: str) -> str:
    """Return the address in `Name <address>`, or the whole text."""
    named = NAME_AND_EMAIL.fullmatch(text.strip())
    return (named[1] if named else text).strip()
