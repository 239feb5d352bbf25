"""Forms of passkeys (`MFA_FORMS`). They stand apart: allauth reads `accounts.forms` before these can be made."""

from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms

MAX_NAME = 60


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc] # allauth has no types
    name = forms.CharField(label="Name", required=False, max_length=MAX_NAME)
    passwordless = forms.BooleanField(label="Sign in with it alone, without my password", required=False, initial=True)


class RenamePasskeyForm(EditWebAuthnForm):  # type: ignore[misc] # allauth has no types
    name = forms.CharField(label="Name", max_length=MAX_NAME)
