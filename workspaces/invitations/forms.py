"""Forms for inviting people and for accepting an invitation."""

import csv
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.models import User
from workspaces.invitations.address_lists import MAX_INVITEES, Invitee, RejectedInvitee, parse_text_and_csv
from workspaces.models.invitation import MAX_MESSAGE_LENGTH
from workspaces.names import clean_message, clean_name
from workspaces.permissions import Role

MAX_FILE_KILOBYTES = 512
NOT_CSV = "This is not a CSV file. Save it as “CSV UTF-8” and try again."


class InviteForm(forms.Form):
    """Addresses, pasted or in a file, and the role of those without their own.

    roles: the roles that the inviter can grant.
    invitees, rejected: once the form is valid, who can be invited and which entries are invalid.
    """

    addresses = forms.CharField(required=False, max_length=200_000)
    file = forms.FileField(required=False, max_length=255)
    role = forms.TypedChoiceField(coerce=lambda value: Role(int(value)))
    message = forms.CharField(required=False)

    def __init__(self, data: Any = None, files: Any = None, *, roles: Sequence[Role]) -> None:
        super().__init__(data, files)
        self.roles = roles
        self.fields["role"].choices = [(role.value, role.label) for role in roles]  # type: ignore[attr-defined] # a ChoiceField
        self.invitees: list[Invitee] = []
        self.rejected: list[RejectedInvitee] = []

    def clean_file(self) -> str:
        """Return the text of the file, or "" without one."""
        file = self.cleaned_data["file"]
        if file is None:
            return ""
        if (file.size or 0) > MAX_FILE_KILOBYTES * 1024:
            raise ValidationError(f"This file is too large. Upload at most {MAX_FILE_KILOBYTES} kB.")
        try:
            text: str = file.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValidationError("This file is not encoded in UTF-8. Save it as “CSV UTF-8” and try again.") from error
        if "\0" in text:
            raise ValidationError(NOT_CSV)
        return text

    def clean_message(self) -> str:
        return clean_message(self.cleaned_data["message"], max_length=MAX_MESSAGE_LENGTH)

    def clean(self) -> None:
        if self.errors:
            return
        given = self.cleaned_data
        try:
            self.invitees, self.rejected = parse_text_and_csv(given["addresses"], given["file"], given["role"])
        except csv.Error as error:
            raise ValidationError({"file": NOT_CSV}) from error
        count = len(self.invitees) + len(self.rejected)
        if not count:
            self.add_error("addresses", "Enter e-mail addresses, or choose a file.")
        if count > MAX_INVITEES:
            message = f"This list has {count:,} entries. Invite at most {MAX_INVITEES:,} people at a time."
            self.add_error(None, message)


class NewAccountForm(forms.Form):
    """The name and password of an invited person who has no account. `user` is the account, unsaved."""

    name = forms.CharField(label="Your name", max_length=150, widget=forms.TextInput({"autocomplete": "name"}))
    password = forms.CharField(
        label="Password", strip=False, max_length=4096, widget=forms.PasswordInput({"autocomplete": "new-password"})
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, email: str) -> None:
        super().__init__(data)
        self.user = User(email=email)

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])

    def clean(self) -> None:
        self.user.name = self.cleaned_data.get("name", "")
        password = self.cleaned_data.get("password")
        if not password:
            return
        try:
            validate_password(password, self.user)
        except ValidationError as error:
            self.add_error("password", error)
        else:
            self.user.set_password(password)
