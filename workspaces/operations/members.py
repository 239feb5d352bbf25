"""Who is a member, and in which role. A workspace always has an Owner who can sign in."""

from django.db import transaction

from accounts.models import User
from workspaces.actors import Actor, ActorType
from workspaces.errors import Conflict, NotAllowed
from workspaces.events import EventType, record_event
from workspaces.models import Membership, Workspace
from workspaces.operations.common import lock_workspace_and_refresh_actor
from workspaces.permissions import Permission, Role, can_manage_role

LAST_OWNER = "{name} is the last Owner of {workspace}. Make another member an Owner first."


def require_authority_over(membership: Membership, *, by: Actor) -> None:
    """Members are managed by who stands above them, Owners by Owners.

    Raises: NotAllowed.
    """
    by.require(Permission.MANAGE_MEMBERS, membership.workspace)
    if not can_manage_role(by.role, membership.role):
        raise NotAllowed("You can only manage members who stand below you.", required_role=Role.OWNER)


def require_authority_to_grant(role: int, workspace: Workspace, *, by: Actor) -> None:
    """Raises: NotAllowed, for a role above one's own too; Conflict, if it is switched off."""
    by.require(Permission.MANAGE_MEMBERS, workspace)
    by.require_role_at_least(role)
    if not workspace.is_role_available(role):
        raise Conflict(f"The role {Role(role).label} is switched off in {workspace.name}. Switch it on first.")


def require_another_owner(membership: Membership) -> None:
    """Raises: Conflict, if without this one the workspace had no Owner who can sign in."""
    if membership.role == Role.OWNER:
        others = Membership.objects.active_owners().filter(workspace=membership.workspace_id).exclude(pk=membership.pk)
        if not others.exists():
            raise Conflict(LAST_OWNER.format(name=membership.user.email, workspace=membership.workspace))


@transaction.atomic
def add_member(workspace: Workspace, user: User, role: int, *, by: Actor) -> Membership:
    """Raises: NotAllowed; Conflict, if they are a member already or the role is switched off."""
    workspace, by = lock_workspace_and_refresh_actor(workspace, by)
    require_authority_to_grant(role, workspace, by=by)
    if Membership.objects.filter(workspace=workspace, user=user).exists():
        raise Conflict(f"{user.email} is a member of {workspace.name} already.")
    return join(workspace, user, role, by=by)


def join(workspace: Workspace, user: User, role: int, *, by: Actor) -> Membership:
    """Make `user` a member. Whoever calls it has locked the workspace, and judged whether this may be."""
    membership = Membership.objects.create(workspace=workspace, user=user, role=role)
    _record(EventType.MEMBER_ADDED, membership, before=None, after=role, by=by)
    return membership


@transaction.atomic
def change_role(membership: Membership, role: int, *, by: Actor) -> Membership:
    """Raises: NotAllowed; Conflict, for the last Owner or a role that is switched off."""
    workspace, by = lock_workspace_and_refresh_actor(membership.workspace, by)
    membership = _as_it_is(membership)
    require_authority_over(membership, by=by)
    require_authority_to_grant(role, workspace, by=by)
    if role == membership.role:
        return membership
    require_another_owner(membership)
    before, membership.role = membership.role, role
    membership.save(update_fields=["role"])
    _record(EventType.MEMBER_ROLE_CHANGED, membership, before=before, after=role, by=by)
    return membership


@transaction.atomic
def remove_member(membership: Membership, *, by: Actor) -> None:
    """End a membership. The person's tokens stay: they belong to the workspace.

    Raises: NotAllowed; Conflict, for the last Owner.
    """
    _, by = lock_workspace_and_refresh_actor(membership.workspace, by)
    membership = _as_it_is(membership)
    require_authority_over(membership, by=by)
    _end(membership, EventType.MEMBER_REMOVED, by=by)


@transaction.atomic
def leave(membership: Membership, *, by: Actor) -> None:
    """End one's own membership, whatever one's role. The person's tokens stay.

    Raises: NotAllowed, if it is somebody else's; Conflict, for the last Owner.
    """
    workspace, by = lock_workspace_and_refresh_actor(membership.workspace, by)
    membership = _as_it_is(membership)
    by.require(Permission.VIEW_WORKSPACE, workspace)
    if by.type != ActorType.MEMBER or by.user != membership.user:
        raise NotAllowed("Nobody can leave in another's place: remove them instead.")
    _end(membership, EventType.MEMBER_LEFT, by=by)


def _as_it_is(membership: Membership) -> Membership:
    return Membership.objects.select_related("user", "workspace").get(pk=membership.pk)


def _end(membership: Membership, event_type: EventType, *, by: Actor) -> None:
    require_another_owner(membership)
    membership.delete()
    _record(event_type, membership, before=membership.role, after=None, by=by)


def _record(event_type: EventType, membership: Membership, *, before: int | None, after: int | None, by: Actor) -> None:
    names = [None if role is None else Role(role).api_name for role in (before, after)]
    record_event(
        event_type,
        by=by,
        workspace=membership.workspace,
        subject_id=membership.user.email,
        subject_name=membership.user.display_name,
        changes={"role": (names[0], names[1])},
    )
