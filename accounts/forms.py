from typing import Any

from django import forms
from django.http import HttpRequest

from accounts.models import User


def person_name() -> forms.CharField:
    return forms.CharField(label="Your name", max_length=150, widget=forms.TextInput({"autocomplete": "name"}))


class SignUpForm(forms.Form):
    """What allauth's sign-up form asks for besides e-mail and password (`ACCOUNT_SIGNUP_FORM_CLASS`)."""

    field_order = ("name", "email", "password1")

    name = person_name()

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by allauth once the user is saved."""
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])


class ProfileForm(forms.Form):
    name = person_name()


class EmailForm(forms.Form):
    email = forms.EmailField(label="New e-mail", max_length=254, widget=forms.EmailInput({"autocomplete": "email"}))


class CodesForm(forms.Form):
    """The codes of an `EmailChange`, both or only one of them."""

    old_code = forms.CharField(required=False, max_length=40, widget=forms.TextInput({"autocomplete": "one-time-code"}))
    new_code = forms.CharField(required=False, max_length=40, widget=forms.TextInput({"autocomplete": "one-time-code"}))

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if not self.errors and not any(self.cleaned_data.values()):
            self.add_error(None, "Enter at least one of the codes.")
        return cleaned
