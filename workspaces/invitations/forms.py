"""The forms of inviting and of joining."""

import csv
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.models import User
from workspaces.invitations.address_lists import MAX_ENTRIES, Invitee, RejectedInvitee, parse_text_and_csv
from workspaces.models.invitation import MAX_MESSAGE_LENGTH
from workspaces.names import clean_message, clean_name
from workspaces.permissions import Role

MAX_FILE_BYTES = 512 * 1024


class InviteForm(forms.Form):
    """Addresses, typed or in a file, with the role of those that bring none.

    entries, refused: who can be invited, and which lines can't be read, once it is valid.
    """

    addresses = forms.CharField(required=False, max_length=200_000)
    file = forms.FileField(required=False, max_length=255)
    role = forms.TypedChoiceField(coerce=lambda value: Role(int(value)))
    message = forms.CharField(required=False)

    def __init__(self, data: Any = None, files: Any = None, *, grants: Sequence[Role]) -> None:
        super().__init__(data, files)
        self.grants = grants
        self.fields["role"].choices = [(role.value, role.label) for role in grants]  # type: ignore[attr-defined]
        self.entries: list[Invitee] = []
        self.refused: list[RejectedInvitee] = []

    def clean_file(self) -> str:
        """The text of the file, "" without one."""
        file = self.cleaned_data["file"]
        if file is None:
            return ""
        if (file.size or 0) > MAX_FILE_BYTES:
            raise ValidationError(f"This file is too large. {MAX_FILE_BYTES // 1024} kB are enough for 1,000 rows.")
        try:
            text: str = file.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValidationError("This file is no text in UTF-8. Save it as “CSV UTF-8”, then try again.") from error
        if "\0" in text:
            raise ValidationError("This file is no CSV. Save it as “CSV UTF-8”, then try again.")
        return text

    def clean_message(self) -> str:
        return clean_message(self.cleaned_data["message"], most=MAX_MESSAGE_LENGTH)

    def clean(self) -> None:
        if self.errors:
            return
        role = self.cleaned_data["role"]
        try:
            self.entries, self.refused = parse_text_and_csv(
                self.cleaned_data["addresses"], self.cleaned_data["file"], role
            )
        except csv.Error as error:
            raise ValidationError({"file": "This file is no CSV. Save it as “CSV UTF-8”, then try again."}) from error
        number = len(self.entries) + len(self.refused)
        if not number:
            self.add_error("addresses", "Enter an address, or choose a file with some.")
        if number > MAX_ENTRIES:
            self.add_error(None, f"These are {number:,} lines. Invite at most {MAX_ENTRIES:,} at once: part the list.")


class NewAccountForm(forms.Form):
    """What somebody without an account gives to join."""

    name = forms.CharField(label="Your name", max_length=150, widget=forms.TextInput({"autocomplete": "name"}))
    password = forms.CharField(
        label="Password", strip=False, max_length=4096, widget=forms.PasswordInput({"autocomplete": "new-password"})
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, email: str) -> None:
        super().__init__(data)
        self.newcomer = User(email=email)

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])

    def clean(self) -> None:
        """Put name and password, hashed, into `newcomer`, who is not saved."""
        self.newcomer.name = self.cleaned_data.get("name", "")
        password = self.cleaned_data.get("password")
        if not password:
            return
        try:
            validate_password(password, self.newcomer)
        except ValidationError as error:
            self.add_error("password", error)
        else:
            self.newcomer.set_password(password)
