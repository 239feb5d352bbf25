"""The fields of a token that people and clients choose.

A new field is added to the TypedDicts and to `FIELDS`. Nothing else in `operations` names it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypedDict

from django.core.exceptions import ValidationError

from access_tokens import expiry
from access_tokens.expiry_policy import ExpiryPolicy
from access_tokens.models import AccessToken
from accounts.redaction import redact
from workspaces.models import Workspace
from workspaces.names import clean_name
from workspaces.permissions import Role


class NewTokenFields(TypedDict):
    label: str
    scope: int
    expires_at: datetime | None


class TokenChange(TypedDict, total=False):
    """The fields to change. Omitted fields keep their values."""

    label: str
    scope: int
    expires_at: datetime | None


class Field(NamedTuple):
    """clean: returns the cleaned value, or raises ValidationError. to_event: returns the value for the event log."""

    clean: Callable[[Any, Workspace], Any]
    to_event: Callable[[Any], Any]


def _clean_label(label: str, workspace: Workspace) -> str:
    label = clean_name(label, noun="label")
    if redact(label) != label:
        raise ValidationError("This label contains an access token. Name what uses the token instead.", code="secret")
    return label


def _clean_scope(scope: int, workspace: Workspace) -> int:
    if not workspace.is_role_available(scope):
        message = f"The scope {Role(scope).label} is switched off in {workspace.name}. Choose another scope."
        raise ValidationError(message, code="unavailable")
    return scope


def _clean_expires_at(expires_at: datetime | None, workspace: Workspace) -> datetime | None:
    """Drop fractions of a second, which responses and events don't show."""
    expires_at = expires_at and expires_at.replace(microsecond=0)
    expiry.validate(expires_at)
    ExpiryPolicy.for_workspace(workspace).validate(expires_at)
    return expires_at


def format_expiry(expires_at: datetime | None) -> str | None:
    return expires_at.isoformat(timespec="seconds") if expires_at else None


FIELDS: Mapping[str, Field] = {
    "label": Field(_clean_label, str),
    "scope": Field(_clean_scope, lambda scope: Role(scope).api_name),
    "expires_at": Field(_clean_expires_at, format_expiry),
}


def clean_fields(
    fields: Mapping[str, Any], workspace: Workspace, *, current: AccessToken | None = None
) -> dict[str, Any]:
    """Return the fields that differ from those of the `current` token, cleaned.

    A token can keep a scope or expiry that couldn't be chosen any more.

    Raises: ValidationError, with an error for each invalid field.
    """
    cleaned: dict[str, Any] = {}
    errors: dict[str, ValidationError] = {}
    for name, value in fields.items():
        if current is not None and value == getattr(current, name):
            continue
        try:
            cleaned[name] = FIELDS[name].clean(value, workspace)
        except ValidationError as error:
            errors[name] = error
    if errors:
        raise ValidationError(errors)
    return cleaned


def event_fields(token: AccessToken) -> dict[str, Any]:
    """Return the fields as the event log stores them."""
    return {name: field.to_event(getattr(token, name)) for name, field in FIELDS.items()}
