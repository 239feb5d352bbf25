"""What the operations share: locking, the rules that several of them keep, saving and telling of it."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError

from access_tokens import expiry, key_rings, token_crypto
from access_tokens.expiry_policy import ExpiryPolicy
from access_tokens.models import AccessToken
from accounts.redaction import redact
from workspaces.actors import Actor
from workspaces.errors import Conflict, NotAllowed
from workspaces.events import Changes, EventType, record_event
from workspaces.models import Workspace
from workspaces.names import clean_name
from workspaces.operations import lock_workspace_and_refresh_actor
from workspaces.permissions import Permission, Role


class EditConflict(Conflict):
    """Somebody changed the token after it was read for this change: `token` is what it is now."""

    def __init__(self, token: AccessToken) -> None:
        super().__init__("Somebody else changed this token meanwhile.")
        self.token = token


def lock_token(token: AccessToken, by: Actor) -> tuple[AccessToken, Actor]:
    """The token's row and its workspace's, locked, and the actor: all as they are at this moment.

    token: needs its workspace and its key id alone (`AccessToken.named`). The one that is returned has its creator with
    it, and knows whether it is a parent.

    Raises: NotAllowed, if the actor lost all power meanwhile; AccessToken.DoesNotExist, if the token went.
    """
    workspace, by = lock_workspace_and_refresh_actor(token.workspace, by)
    rows = AccessToken.objects.annotate_has_children().select_related("creator")
    rows = rows.select_for_update(no_key=True, of=("self",))
    token = rows.get(workspace=workspace, key_id=token.key_id)
    token.workspace = workspace
    return token, by


def permission_or_self(permission: Permission, token: AccessToken, by: Actor) -> Permission:
    """The permission that is needed: a token may always do to itself what only takes power away, or renews it."""
    return Permission.MANAGE_SELF if by.token_pk == token.pk else permission


def require_version(token: AccessToken, version: int | None) -> None:
    """Raises: EditConflict, if the change was thought out for another version (None: for any)."""
    if version not in {None, token.version}:
        raise EditConflict(token)


def forbid_outliving_actor(expires_at: datetime | None, *, by: Actor) -> None:
    """A token never gives itself or another a longer life than its own.

    Raises: NotAllowed.
    """
    if outlives(expires_at, by.token_expires_at):
        assert by.token_expires_at is not None
        until = by.token_expires_at.isoformat(timespec="seconds").replace("+00:00", "Z")
        raise NotAllowed(f"This token expires at {until}: it can't give a token a longer life than its own.")


def outlives(one: datetime | None, other: datetime | None) -> bool:
    """Does `one` end after `other`? None never ends."""
    return other is not None and (one is None or one > other)


def whole_seconds(instant: datetime | None) -> datetime | None:
    """Expiries have no fractions: answers and events tell them to the second."""
    return instant and instant.replace(microsecond=0)


def clean_fields(
    *,
    label: str,
    scope: int,
    expires_at: datetime | None,
    workspace: Workspace,
    scope_is_kept: bool = False,
    expiry_is_kept: bool = False,
) -> str:
    """The cleaned label. A scope that is switched off, or an expiry that is past or too long, may be kept, not given.

    Raises: ValidationError with every field that is wrong.
    """
    errors: dict[str, ValidationError] = {}
    try:
        label = clean_name(label, what="label")
        if redact(label) != label:
            raise ValidationError("This label holds an access token. Name what uses it instead.", code="secret")
    except ValidationError as error:
        errors["label"] = error
    if not scope_is_kept and not workspace.is_role_available(scope):
        words = f"The scope {Role(scope).label} is switched off in {workspace.name}. Choose another one."
        errors["scope"] = ValidationError(words, code="unavailable")
    try:
        if not expiry_is_kept:
            expiry.validate(expires_at)
            ExpiryPolicy.for_workspace(workspace).require(expires_at)
    except ValidationError as error:
        errors["expires_at"] = error
    if errors:
        raise ValidationError(errors)
    return label


def set_secret(token: AccessToken, plaintext: str) -> None:
    """Make `plaintext` the token's secret: its digest, and its encrypted copy where the workspace keeps them."""
    digest = token_crypto.digest(plaintext, key_rings.peppers())
    token.pepper_id, token.digest = digest.pepper_id, digest.value
    token.encryption_key_id, token.encrypted_copy = "", None
    if token.workspace.keeps_encrypted_copies:
        ciphertext = token_crypto.encrypt(plaintext, context=token.encryption_context, keys=key_rings.encryption_keys())
        token.encryption_key_id, token.encrypted_copy = ciphertext.key_id, ciphertext.value


def save_new_version(token: AccessToken, *fields: str) -> None:
    """Write these fields of a changed token, as its next version."""
    token.version += 1
    token.save(update_fields=[*fields, "version"])


def event_fields(token: AccessToken) -> dict[str, Any]:
    """The fields that events tell of. None of them is secret."""
    return {
        "label": token.label,
        "scope": token.scope_role.api_name,
        "expires_at": format_expiry(token.expires_at),
    }


def format_expiry(expires_at: datetime | None) -> str | None:
    """As events tell it."""
    return expires_at.isoformat(timespec="seconds") if expires_at else None


def record_token_event(event_type: EventType, token: AccessToken, *, by: Actor, changes: Changes | None = None) -> None:
    """Write the event of a change to `token`."""
    record_event(
        event_type,
        by=by,
        workspace=token.workspace,
        subject_id=token.token_id,
        subject_name=token.label,
        changes=changes,
    )
