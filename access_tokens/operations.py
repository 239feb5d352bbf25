"""What is done with tokens: permission check, change and event in one transaction. All faces call these.

Each locks the workspace's row and then the token's, and judges what it then reads.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from access_tokens import expiry, keys, secrets
from access_tokens.models import AccessToken, IdempotencyKey
from accounts.models import User
from workspaces.actors import Actor
from workspaces.errors import Conflict, NotAllowed
from workspaces.events import Changes, Kind, differences, record
from workspaces.models import CopyPolicy, Workspace
from workspaces.names import clean_name
from workspaces.operations import lock
from workspaces.permissions import Permission, Role


class Issued(NamedTuple):
    """A new token. `plaintext` stands here and in the answer, nowhere else."""

    token: AccessToken
    plaintext: str


class TokenChange(TypedDict, total=False):
    """The fields of a token that an edit gives. What is left out stays as it is."""

    label: str
    scope: int
    expires_at: datetime | None


class AlreadyIssued(Conflict):
    """The same was sent before: `token` is what it made then, None if that is gone again."""

    def __init__(self, token: AccessToken | None) -> None:
        made = f"the token “{token.label}”" if token else "a token which has been deleted since"
        super().__init__(f"This has been sent already: it made {made}.")
        self.token = token


class ChangedMeanwhile(Conflict):
    """Somebody changed the token after it was read for this edit: `token` is what it is now."""

    def __init__(self, token: AccessToken) -> None:
        super().__init__("Somebody else changed this token meanwhile.")
        self.token = token


@transaction.atomic
def issue(
    workspace: Workspace,
    *,
    by: Actor,
    label: str,
    scope: int,
    expires_at: datetime | None,
    creator: User | None = None,
    idempotency_key: str = "",
) -> Issued:
    """Make a token. Its creator is the actor's user (the parent's creator for a token), unless a command names one.

    Raises: NotAllowed (permission, a scope above the actor's power, a life beyond the acting token's);
    ValidationError (label, scope, expires_at); AlreadyIssued, if the actor used `idempotency_key` before.
    """
    workspace, by = lock(workspace, by)
    by.require(Permission.CREATE_TOKENS, workspace)
    if idempotency_key:
        _refuse_repetition(idempotency_key, workspace, by=by)
    expires_at = _whole_seconds(expires_at)
    label = _clean(label=label, scope=scope, expires_at=expires_at, workspace=workspace)
    by.require_reach(scope)
    _require_lifetime(expires_at, by=by)
    parent = AccessToken.objects.get(pk=by.token_pk) if by.token_pk else None
    creator = creator or by.user
    creator_email = parent.creator_email if parent else creator.email if creator else ""
    if not creator_email:
        raise ValidationError({"creator": "Name the person who is to count as the creator."})
    new = secrets.generate()
    digest = secrets.digest(new.plaintext, keys.peppers())
    token = AccessToken(
        workspace=workspace,
        key_id=new.key_id,
        label=label,
        scope=scope,
        expires_at=expires_at,
        creator=parent.creator if parent else creator,
        creator_email=creator_email,
        parent=parent,
        pepper_id=digest.pepper_id,
        digest=digest.value,
    )
    if workspace.keeps_sealed_copies:
        sealed = secrets.seal(new.plaintext, bound_to=token.seal_binding, keys=keys.sealing_keys())
        token.sealing_key_id, token.sealed = sealed.key_id, sealed.value
    token.save(force_insert=True)
    if idempotency_key:
        IdempotencyKey.objects.create(holder=by.holder, key=idempotency_key, made=token.token_id)
    nothing: dict[str, Any] = dict.fromkeys(_described(token))
    _record(Kind.TOKEN_CREATED, token, by=by, changes=differences(nothing, _described(token)))
    return Issued(token, new.plaintext)


@transaction.atomic
def edit(token: AccessToken, *, by: Actor, version: int | None = None, **change: Unpack[TokenChange]) -> AccessToken:
    """Change what is given of label, scope and expiry. An expired token may be given a later expiry.

    version: the one that the change was thought out for; None if it holds for any.

    Raises: NotAllowed (permission, a scope above the actor's power before or after, a life beyond the acting token's);
    ValidationError (label, scope, expires_at); ChangedMeanwhile, if the token is at another version.
    """
    token, by = _locked(token, by)
    by.require(Permission.EDIT_TOKENS, token.workspace)
    by.require_reach(token.scope)
    if version not in {None, token.version}:
        raise ChangedMeanwhile(token)
    scope = change.get("scope", token.scope)
    expires_at = change.get("expires_at", token.expires_at)
    if moved := expires_at != token.expires_at:
        expires_at = _whole_seconds(expires_at)
    label = _clean(
        label=change.get("label", token.label),
        scope=scope,
        expires_at=expires_at if moved else None,
        workspace=token.workspace,
        scope_is_kept=scope == token.scope,
    )
    by.require_reach(scope)
    if scope > token.scope or (moved and _is_later(expires_at, token.expires_at)):
        _require_lifetime(expires_at, by=by)
    before = _described(token)
    token.label, token.scope, token.expires_at = label, scope, expires_at
    if changes := differences(before, _described(token)):
        _save(token, "label", "scope", "expires_at")
        _record(Kind.TOKEN_EDITED, token, by=by, changes=changes)
    return token


@transaction.atomic
def enable(token: AccessToken, *, by: Actor) -> AccessToken:
    """Let a disabled token authenticate again. Idempotent.

    Raises: NotAllowed (permission, a scope above the actor's power, a life beyond the acting token's).
    """
    token, by = _locked(token, by)
    by.require(Permission.ENABLE_TOKENS, token.workspace)
    by.require_reach(token.scope)
    _require_lifetime(token.expires_at, by=by)
    if token.disabled_at is not None:
        token.disabled_at = None
        _save(token, "disabled_at")
        _record(Kind.TOKEN_ENABLED, token, by=by)
    return token


@transaction.atomic
def disable(token: AccessToken, *, by: Actor) -> AccessToken:
    """Stop `token` from authenticating, from the next call on. Idempotent. A token may always disable itself.

    Raises: NotAllowed.
    """
    token, by = _locked(token, by)
    by.require(_for_itself_or(Permission.DISABLE_TOKENS, token, by), token.workspace)
    if token.disabled_at is None:
        token.disabled_at = timezone.now()
        _save(token, "disabled_at")
        _record(Kind.TOKEN_DISABLED, token, by=by)
    return token


@transaction.atomic
def delete(token: AccessToken, *, by: Actor) -> None:
    """Remove a token's row, sealed copy and digest for good. A token may always delete itself.

    What it made stays, as children of the token above it.

    Raises: NotAllowed.
    """
    token, by = _locked(token, by)
    by.require(_for_itself_or(Permission.DELETE_TOKENS, token, by), token.workspace)
    token.children.update(parent=token.parent_id)
    _record(Kind.TOKEN_DELETED, token, by=by)
    token.delete()


@transaction.atomic
def copy(token: AccessToken, *, by: Actor) -> str:
    """The whole token, from its sealed copy. The caller has seen a fresh password.

    Raises: NotAllowed; Conflict, if it is not active or no sealed copy is kept; secrets.SealBroken.
    """
    token, by = _locked(token, by)
    by.require(Permission.COPY_TOKENS, token.workspace)
    by.require_reach(token.scope)
    if not token.is_active:
        raise Conflict("Only active tokens can be copied.")
    if token.sealed_copy is None:
        raise Conflict("No copy of this token is kept: it was shown once, when it was created.")
    plaintext = secrets.unseal(token.sealed_copy, bound_to=token.seal_binding, keys=keys.sealing_keys())
    _record(Kind.TOKEN_COPIED, token, by=by)
    return plaintext


@transaction.atomic
def set_copy_policy(workspace: Workspace, policy: CopyPolicy, *, by: Actor) -> int:
    """Choose whether tokens may be copied later. `SHOW_ONCE` destroys the workspace's sealed copies; returns how many.

    Raises: NotAllowed.
    """
    workspace, by = lock(workspace, by)
    by.require(Permission.SET_COPY_POLICY, workspace)
    if policy == workspace.copy_policy:
        return 0
    before, workspace.copy_policy = workspace.copy_policy, policy
    workspace.save(update_fields=["copy_policy"])
    destroyed = 0
    if policy == CopyPolicy.SHOW_ONCE:
        destroyed = workspace.access_tokens.exclude(sealed=None).update(sealed=None, sealing_key_id="")
    record(
        Kind.COPY_POLICY_CHANGED,
        by=by,
        workspace=workspace,
        subject_id=workspace.slug,
        subject_name=workspace.name,
        changes={"copy_policy": (before, policy.value), "sealed_copies": (destroyed, 0)}
        if destroyed
        else {"copy_policy": (before, policy.value)},
    )
    return destroyed


def descendants(token: AccessToken) -> list[AccessToken]:
    """The tokens that `token` made, those that these made, and so on, oldest first."""
    found: list[AccessToken] = []
    generation = [token]
    while generation:
        children = AccessToken.objects.filter(parent__in=generation).select_related("workspace", "creator")
        generation = list(children.order_by("created_at", "pk"))
        found += generation
    return found


def living(tokens: Iterable[AccessToken]) -> list[AccessToken]:
    """Those that could authenticate now or once their scope is back: neither disabled nor expired."""
    now = timezone.now()
    return [token for token in tokens if not token.is_disabled and (token.expires_at is None or token.expires_at > now)]


def _locked(token: AccessToken, by: Actor) -> tuple[AccessToken, Actor]:
    """The token's row and its workspace's, locked, and the actor: all as they are at this moment.

    Raises: NotAllowed, if the actor lost all power meanwhile; AccessToken.DoesNotExist, if the token went.
    """
    workspace, by = lock(token.workspace, by)
    token = AccessToken.objects.select_for_update(no_key=True).get(pk=token.pk)
    token.workspace = workspace
    return token, by


def _for_itself_or(permission: Permission, token: AccessToken, by: Actor) -> Permission:
    return Permission.MANAGE_ITSELF if by.token_pk == token.pk else permission


def _save(token: AccessToken, *fields: str) -> None:
    token.version += 1
    token.save(update_fields=[*fields, "version"])


def _refuse_repetition(key: str, workspace: Workspace, *, by: Actor) -> None:
    """Raises: AlreadyIssued, if the actor used `key` within the last 24 hours."""
    IdempotencyKey.objects.filter(created_at__lt=timezone.now() - IdempotencyKey.LIFETIME).delete()
    if earlier := IdempotencyKey.objects.filter(holder=by.holder, key=key).first():
        raise AlreadyIssued(workspace.access_tokens.filter(key_id=earlier.made.rpartition("_")[2]).first())


def _whole_seconds(instant: datetime | None) -> datetime | None:
    """Expiries have no fractions: answers and events tell them to the second."""
    return instant and instant.replace(microsecond=0)


def _clean(
    *, label: str, scope: int, expires_at: datetime | None, workspace: Workspace, scope_is_kept: bool = False
) -> str:
    """The cleaned label. A scope that is switched off may be kept, not newly given.

    Raises: ValidationError with every field that is wrong.
    """
    errors: dict[str, ValidationError] = {}
    try:
        label = clean_name(label, what="label")
        if secrets.redact(label) != label:
            raise ValidationError("This label holds an access token. Name what uses it instead.", code="secret")
    except ValidationError as error:
        errors["label"] = error
    if not scope_is_kept and not workspace.offers(scope):
        words = f"The scope {Role(scope).label} is switched off in {workspace.name}. Choose another one."
        errors["scope"] = ValidationError(words, code="unavailable")
    try:
        expiry.validate(expires_at)
    except ValidationError as error:
        errors["expires_at"] = error
    if errors:
        raise ValidationError(errors)
    return label


def _is_later(one: datetime | None, other: datetime | None) -> bool:
    """Does `one` end after `other`? None never ends."""
    return other is not None and (one is None or one > other)


def _require_lifetime(expires_at: datetime | None, *, by: Actor) -> None:
    """A token never gives itself or another a longer life than its own."""
    if _is_later(expires_at, by.lives_until):
        assert by.lives_until is not None
        until = by.lives_until.isoformat(timespec="seconds").replace("+00:00", "Z")
        raise NotAllowed(f"This token expires at {until}: it can't give a token a longer life than its own.")


def _described(token: AccessToken) -> dict[str, Any]:
    """The fields that events tell of. None of them is secret."""
    return {
        "label": token.label,
        "scope": token.scope_role.wire_name,
        "expires_at": token.expires_at.isoformat(timespec="seconds") if token.expires_at else None,
    }


def _record(kind: Kind, token: AccessToken, *, by: Actor, changes: Changes | None = None) -> None:
    record(kind, by=by, workspace=token.workspace, subject_id=token.token_id, subject_name=token.label, changes=changes)
