from django import forms
from django.http import HttpRequest

from accounts.models import User


class SignUpForm(forms.Form):
    """What allauth's sign-up form asks for besides e-mail and password (`ACCOUNT_SIGNUP_FORM_CLASS`)."""

    field_order = ("name", "email", "password1")

    name = forms.CharField(label="Your name", max_length=150, widget=forms.TextInput({"autocomplete": "name"}))

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by allauth once the user is saved."""
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])
