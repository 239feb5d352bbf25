"""Operations on members. A workspace always has an Owner who can sign in."""

from django.db import transaction

from accounts.models import User
from workspaces.actors import Actor, ActorType
from workspaces.errors import Conflict, NotAllowed
from workspaces.events import EventType, record_member_event
from workspaces.models import Membership, Workspace
from workspaces.operations.common import lock_workspace_and_refresh_actor
from workspaces.permissions import Permission, Role, can_manage_role


def require_authority_over(membership: Membership, *, by: Actor) -> None:
    """Require that the actor can change and remove this member.

    Raises: NotAllowed.
    """
    by.require(Permission.MANAGE_MEMBERS, membership.workspace)
    if not can_manage_role(by.role, membership.role):
        raise NotAllowed("You can only change and remove members with a lower role.", required_role=Role.OWNER)


def require_authority_to_grant(role: int, workspace: Workspace, *, by: Actor) -> None:
    """Require that the actor can give someone this role.

    Raises: NotAllowed, also for a role above the actor's own; Conflict if the role is switched off.
    """
    by.require(Permission.MANAGE_MEMBERS, workspace)
    by.require_role_at_least(role)
    if not workspace.is_role_available(role):
        label = Role(role).label
        raise Conflict(f"The role {label} is switched off in {workspace.name}. An Owner can switch it on in Settings.")


def require_another_owner(membership: Membership) -> None:
    """Raises: Conflict if this member is the only Owner who can sign in."""
    if membership.role == Role.OWNER:
        others = Membership.objects.active_owners().filter(workspace=membership.workspace_id).exclude(pk=membership.pk)
        if not others.exists():
            user, workspace = membership.user, membership.workspace
            raise Conflict(f"{user.email} is the last Owner of {workspace}. Make another member an Owner first.")


@transaction.atomic
def add_member(workspace: Workspace, user: User, role: int, *, by: Actor) -> Membership:
    """Add a user to a workspace.

    Raises: NotAllowed; Conflict if the user is already a member or the role is switched off.
    """
    workspace, by = lock_workspace_and_refresh_actor(workspace, by)
    require_authority_to_grant(role, workspace, by=by)
    if Membership.objects.filter(workspace=workspace, user=user).exists():
        raise Conflict(f"{user.email} is already a member of {workspace.name}.")
    return create_membership(workspace, user, role, by=by)


def create_membership(workspace: Workspace, user: User, role: int, *, by: Actor) -> Membership:
    """Create a membership and its event. The caller has locked the workspace and checked permissions."""
    membership = Membership.objects.create(workspace=workspace, user=user, role=role)
    _record_role(EventType.MEMBER_ADDED, membership, before=None, after=role, by=by)
    return membership


@transaction.atomic
def change_role(membership: Membership, role: int, *, by: Actor) -> Membership:
    """Give a member another role.

    Raises: NotAllowed; Conflict for the last Owner or a role that is switched off.
    """
    workspace, by = lock_workspace_and_refresh_actor(membership.workspace, by)
    membership = _refresh(membership)
    require_authority_over(membership, by=by)
    require_authority_to_grant(role, workspace, by=by)
    if role == membership.role:
        return membership
    require_another_owner(membership)
    before, membership.role = membership.role, role
    membership.save(update_fields=["role"])
    _record_role(EventType.MEMBER_ROLE_CHANGED, membership, before=before, after=role, by=by)
    return membership


@transaction.atomic
def remove_member(membership: Membership, *, by: Actor) -> None:
    """Remove a member. The tokens they created stay, because tokens belong to the workspace.

    Raises: NotAllowed; Conflict for the last Owner.
    """
    _, by = lock_workspace_and_refresh_actor(membership.workspace, by)
    membership = _refresh(membership)
    require_authority_over(membership, by=by)
    _delete(membership, EventType.MEMBER_REMOVED, by=by)


@transaction.atomic
def leave(membership: Membership, *, by: Actor) -> None:
    """Delete the actor's own membership, whatever their role. The tokens they created stay.

    Raises: NotAllowed for someone else's membership; Conflict for the last Owner.
    """
    workspace, by = lock_workspace_and_refresh_actor(membership.workspace, by)
    membership = _refresh(membership)
    by.require(Permission.VIEW_WORKSPACE, workspace)
    if by.type != ActorType.MEMBER or by.user != membership.user:
        raise NotAllowed("You can only leave a workspace yourself. To end someone else's membership, remove them.")
    _delete(membership, EventType.MEMBER_LEFT, by=by)


def _refresh(membership: Membership) -> Membership:
    return Membership.objects.select_related("user", "workspace").get(pk=membership.pk)


def _delete(membership: Membership, event_type: EventType, *, by: Actor) -> None:
    require_another_owner(membership)
    membership.delete()
    _record_role(event_type, membership, before=membership.role, after=None, by=by)


def _record_role(
    event_type: EventType, membership: Membership, *, before: int | None, after: int | None, by: Actor
) -> None:
    names = [None if role is None else Role(role).api_name for role in (before, after)]
    record_member_event(event_type, membership, by=by, changes={"role": (names[0], names[1])})
