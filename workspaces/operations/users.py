"""Operations on users that concern all their workspaces. Each workspace gets an event."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from accounts.email_change import cancel_change
from accounts.mfa import delete_authenticators
from accounts.models import User
from accounts.sessions import end_sessions_of
from workspaces.actors import Actor
from workspaces.errors import Conflict, NotAllowed
from workspaces.events import Changes, EventType, record_member_event
from workspaces.models import Membership, Workspace
from workspaces.operations import require_another_owner


@transaction.atomic
def deactivate(user: User, *, by: Actor) -> User:
    """Prevent a user from signing in and end their sessions. Nothing is deleted. Idempotent.

    Raises: NotAllowed unless the actor is an operator; Conflict for the last Owner of a workspace.
    """
    _require_operator(by)
    memberships = _lock_memberships(user)
    user = User.objects.get(pk=user.pk)
    if user.is_active:
        for membership in memberships:
            require_another_owner(membership)
        user.is_active = False
        user.save(update_fields=["is_active"])
        _record(EventType.MEMBER_DEACTIVATED, user, by=by)
    end_sessions_of(user)
    return user


@transaction.atomic
def reactivate(user: User, *, by: Actor) -> User:
    """Let a deactivated user sign in again, with the roles they have. Idempotent.

    Raises: NotAllowed unless the actor is an operator.
    """
    _require_operator(by)
    user = User.objects.select_for_update().get(pk=user.pk)
    if not user.is_active:
        user.is_active = True
        user.save(update_fields=["is_active"])
        _record(EventType.MEMBER_REACTIVATED, user, by=by)
    return user


@transaction.atomic
def change_email(user: User, email: str, *, by: Actor) -> User:
    """Change the e-mail address of a user, which an operator or the user has verified.

    The IDs of their tokens stay the same. A pending change of the e-mail address is cancelled.

    Raises: NotAllowed unless the actor is an operator or the user; Conflict if another account has this address.
    """
    if by.user != user:
        _require_operator(by)
    user = User.objects.select_for_update().get(pk=user.pk)
    before, user.email = user.email, email.strip().lower()
    if before == user.email:
        return user
    cancel_change(user)
    try:
        with transaction.atomic():
            user.save(update_fields=["email"])
            user.mark_email_verified()
    except IntegrityError as error:
        raise Conflict(f"Another account already uses {user.email}. Nothing was changed.") from error
    _record(EventType.MEMBER_EMAIL_CHANGED, user, by=by, changes={"email": (before, user.email)})
    return user


def change_own_email(request: HttpRequest, email: str) -> User:
    """Change the e-mail address of the signed-in user, who confirmed it (`EMAIL_CHANGE_OPERATION`).

    Raises: ValidationError if another account has this address.
    """
    actor = Actor.for_user(request)
    assert actor.user is not None
    try:
        return change_email(actor.user, email, by=actor)
    except Conflict as conflict:
        raise ValidationError(conflict.message) from conflict


@transaction.atomic
def reset_mfa(user: User, *, by: Actor) -> bool:
    """Delete the passkeys, authenticator app and recovery codes of a user who lost them.

    Returns whether there were any. Raises: NotAllowed unless the actor is an operator.
    """
    _require_operator(by)
    had_any = bool(delete_authenticators(user))
    if had_any:
        _record(EventType.MEMBER_MFA_RESET, user, by=by)
    return had_any


def _require_operator(by: Actor) -> None:
    if by.workspace_id is not None:
        raise NotAllowed("Only operators can do this.")


def _lock_memberships(user: User) -> list[Membership]:
    """Lock the workspaces of a user, then the user, in the order that all operations use. Return the memberships.

    Raises: Conflict if the user joined another workspace before the user's row was locked.
    """
    workspace_ids = set(user.memberships.values_list("workspace_id", flat=True))
    list(Workspace.objects.select_for_update(no_key=True).filter(pk__in=workspace_ids).order_by("pk"))
    User.objects.select_for_update().get(pk=user.pk)
    memberships = list(user.memberships.select_related("workspace", "user"))
    if {membership.workspace_id for membership in memberships} - workspace_ids:
        raise Conflict(f"{user.email} just joined another workspace. Try again.")
    return memberships


def _record(event_type: EventType, user: User, *, by: Actor, changes: Changes | None = None) -> None:
    for membership in user.memberships.select_related("workspace").order_by("workspace_id"):
        membership.user = user
        record_member_event(event_type, membership, by=by, changes=changes)
