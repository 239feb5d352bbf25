"""What is changed about a person and concerns all of their workspaces: each of these has an event of it."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from accounts.email_change import cancel_change
from accounts.mfa import delete_authenticators
from accounts.models import User
from accounts.sessions import end_sessions_of
from workspaces.actors import Actor
from workspaces.errors import Conflict, NotAllowed
from workspaces.events import Changes, EventType, record_event
from workspaces.models import Membership, Workspace
from workspaces.operations import require_another_owner


@transaction.atomic
def deactivate(user: User, *, by: Actor) -> User:
    """Let `user` in no more, from this moment on: their sessions end. Nothing of theirs is removed. Idempotent.

    Raises: NotAllowed, for who is no operator; Conflict, for the last Owner of a workspace.
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
    """Let `user` in again, in the roles that they still have. Idempotent. Raises: NotAllowed."""
    _require_operator(by)
    user = User.objects.select_for_update().get(pk=user.pk)
    if not user.is_active:
        user.is_active = True
        user.save(update_fields=["is_active"])
        _record(EventType.MEMBER_REACTIVATED, user, by=by)
    return user


@transaction.atomic
def change_email(user: User, email: str, *, by: Actor) -> User:
    """Give `user` another e-mail to sign in with, which somebody vouches for: an operator, or codes that came back.

    The ids of their tokens stay; a wish for yet another e-mail is over.

    Raises: NotAllowed; Conflict, if another account has it.
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
    except IntegrityError as taken:
        raise Conflict(f"Another account has {user.email} by now. Nothing was changed.") from taken
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
    """Forget the passkeys and codes of somebody who lost them. Returns: were there any? Raises: NotAllowed."""
    _require_operator(by)
    had_any = bool(delete_authenticators(user))
    if had_any:
        _record(EventType.MEMBER_MFA_RESET, user, by=by)
    return had_any


def _require_operator(by: Actor) -> None:
    if by.workspace_id is not None:
        raise NotAllowed("Only operators do this.")


def _lock_memberships(user: User) -> list[Membership]:
    """The memberships of `user`, whose workspaces are locked, then the person: in this order everybody locks.

    Raises: Conflict, if there are others by the time that this is done.
    """
    found = set(user.memberships.values_list("workspace_id", flat=True))
    list(Workspace.objects.select_for_update(no_key=True).filter(pk__in=found).order_by("pk"))
    User.objects.select_for_update().get(pk=user.pk)
    memberships = list(user.memberships.select_related("workspace", "user"))
    if {membership.workspace_id for membership in memberships} - found:
        raise Conflict(f"{user.email} joined a workspace at this very moment. Try again.")
    return memberships


def _record(event_type: EventType, user: User, *, by: Actor, changes: Changes | None = None) -> None:
    for membership in user.memberships.select_related("workspace").order_by("workspace_id"):
        record_event(
            event_type,
            by=by,
            workspace=membership.workspace,
            subject_id=user.email,
            subject_name=user.display_name,
            changes=changes,
        )
