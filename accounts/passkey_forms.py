"""Forms for passkeys (`MFA_FORMS`). allauth imports `accounts.forms` before these classes can be defined."""

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

MAX_NAME_LENGTH = 60
MALFORMED_CREDENTIAL_ERRORS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    NotImplementedError,
    TypeError,
    ValueError,
    struct.error,
)
"""Exceptions that the libraries raise for a malformed credential."""


@contextmanager
def _reject_malformed_credentials() -> Iterator[None]:
    """Turn the exceptions for a malformed credential into a form error."""
    try:
        yield
    except MALFORMED_CREDENTIAL_ERRORS as error:
        raise get_adapter().validation_error("incorrect_code") from error


class _CredentialMixin:
    """Form mixin that reports malformed credentials as errors."""

    def clean_credential(self) -> Any:
        with _reject_malformed_credentials():
            return super().clean_credential()  # type: ignore[misc] # of the form


class PasskeyForm(_CredentialMixin, AuthenticateWebAuthnForm):  # type: ignore[misc] # allauth has no types
    """A passkey as the second factor."""


class PasskeyLoginForm(_CredentialMixin, LoginWebAuthnForm):  # type: ignore[misc] # allauth has no types
    """A passkey instead of the password."""


class PasskeyReauthenticationForm(_CredentialMixin, ReauthenticateWebAuthnForm):  # type: ignore[misc] # allauth has no types
    """A passkey to confirm that it is still the same person."""


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc] # allauth has no types
    name = forms.CharField(label="Name", required=False, max_length=MAX_NAME_LENGTH)
    passwordless = forms.BooleanField(label="Use this passkey instead of my password", required=False, initial=True)

    def clean(self) -> dict[str, Any]:
        with _reject_malformed_credentials():
            if "\\u0000" in self.data.get("credential", ""):
                raise ValueError("PostgreSQL can't store NUL characters.")
            cleaned: dict[str, Any] = super().clean()
            return cleaned


class RenamePasskeyForm(EditWebAuthnForm):  # type: ignore[misc] # allauth has no types
    name = forms.CharField(label="Name", max_length=MAX_NAME_LENGTH)
