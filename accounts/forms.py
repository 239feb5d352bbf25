"""Forms of the account pages."""

from typing import Any

from django import forms
from django.http import HttpRequest

from accounts.models import User


def name_field() -> forms.CharField:
    return forms.CharField(label="Your name", max_length=150, widget=forms.TextInput({"autocomplete": "name"}))


class SignUpForm(forms.Form):
    """The additional field of allauth's sign-up form (`ACCOUNT_SIGNUP_FORM_CLASS`)."""

    field_order = ("name", "email", "password1")

    name = name_field()

    def signup(self, request: HttpRequest, user: User) -> None:
        """Store the name. allauth calls this after it has saved the user."""
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])


class ProfileForm(forms.Form):
    name = name_field()


class EmailForm(forms.Form):
    email = forms.EmailField(
        label="New e-mail address", max_length=254, widget=forms.EmailInput({"autocomplete": "email"})
    )


class CodesForm(forms.Form):
    """One or both codes of an `EmailChange`."""

    old_code = forms.CharField(required=False, max_length=40, widget=forms.TextInput({"autocomplete": "one-time-code"}))
    new_code = forms.CharField(required=False, max_length=40, widget=forms.TextInput({"autocomplete": "one-time-code"}))

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if not self.errors and not any(self.cleaned_data.values()):
            self.add_error(None, "Enter at least one code.")
        return cleaned
