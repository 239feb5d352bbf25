"""Forms of passkeys (`MFA_FORMS`). They stand apart: allauth reads `accounts.forms` before these can be made."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms

MAX_NAME = 60
NONSENSE = (ArithmeticError, AttributeError, LookupError, NotImplementedError, TypeError, ValueError, struct.error)
"""What the libraries raise for a credential that no browser makes."""


@contextmanager
def _refusing_nonsense() -> Iterator[None]:
    """A refusal in words for what else would be an error of ours."""
    try:
        yield
    except NONSENSE as nonsense:
        raise get_adapter().validation_error("incorrect_code") from nonsense


class _Proof:
    """For the forms that take a passkey as a proof."""

    def clean_credential(self) -> Any:
        with _refusing_nonsense():
            return super().clean_credential()  # type: ignore[misc] # the form's


class PasskeyForm(_Proof, AuthenticateWebAuthnForm):  # type: ignore[misc] # allauth has no types
    """After the password."""


class PasskeyLoginForm(_Proof, LoginWebAuthnForm):  # type: ignore[misc] # allauth has no types
    """In place of the password."""


class PasskeyProofForm(_Proof, ReauthenticateWebAuthnForm):  # type: ignore[misc] # allauth has no types
    """Once more, before something that matters."""


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc] # allauth has no types
    name = forms.CharField(label="Name", required=False, max_length=MAX_NAME)
    passwordless = forms.BooleanField(label="Sign in with it alone, without my password", required=False, initial=True)

    def clean(self) -> dict[str, Any]:
        with _refusing_nonsense():
            if "\\u0000" in self.data.get("credential", ""):
                raise ValueError("No database keeps it.")
            cleaned: dict[str, Any] = super().clean()
            return cleaned


class RenamePasskeyForm(EditWebAuthnForm):  # type: ignore[misc] # allauth has no types
    name = forms.CharField(label="Name", max_length=MAX_NAME)
