"""Changes to workspaces and their members: permission check, change and event in one transaction.

Each locks the workspace's row first: what is judged (the last Owner, the roles still held) holds until it commits.
"""

from collections.abc import Iterable

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from workspaces.actors import Actor, ActorKind
from workspaces.errors import Conflict, NotAllowed, WorkspaceDeleted
from workspaces.events import Kind, record
from workspaces.models import Membership, UsedSlug, Workspace
from workspaces.models.workspace import validate_slug
from workspaces.names import MAX_SLUG_LENGTH, RESERVED_SLUGS, clean_name, slug_from
from workspaces.permissions import Permission, Role, manages

LAST_OWNER = "{name} is the last Owner of {workspace}. Make another member an Owner first."


def locked(workspace: Workspace, *, even_deleted: bool = False) -> Workspace:
    """The workspace's row as it is at this moment, locked until the transaction ends.

    Raises: WorkspaceDeleted; Workspace.DoesNotExist.
    """
    workspace = Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    if workspace.deleted_at is not None and not even_deleted:
        raise WorkspaceDeleted(workspace.name)
    return workspace


def lock(workspace: Workspace, by: Actor, *, even_deleted: bool = False) -> tuple[Workspace, Actor]:
    """The workspace's row, locked until the transaction ends, and then the actor: both as they are at this moment.

    Raises: NotAllowed, if the actor lost all power meanwhile; WorkspaceDeleted; Workspace.DoesNotExist.
    """
    workspace = locked(workspace, even_deleted=True)
    by = by.afresh()
    if workspace.deleted_at is not None and not even_deleted:
        raise WorkspaceDeleted(workspace.name)
    return workspace, by


@transaction.atomic
def create_workspace(name: str, slug: str, *, owner: User, by: Actor) -> Workspace:
    """A workspace whose first Owner is `owner`. Its slug never changes and is never given out again.

    Raises: NotAllowed, for people where operators alone make workspaces, and for any other owner than themselves;
    ValidationError (name; slug, also one that is reserved or was ever in use).
    """
    require_power_to_found(by)
    if by.kind == ActorKind.MEMBER and by.user != owner:
        raise NotAllowed("Who makes a workspace is its first Owner.")
    try:
        name = clean_name(name)
    except ValidationError as error:
        raise ValidationError({"name": error}) from error
    try:
        require_free_slug(slug)
        _, is_new = UsedSlug.objects.get_or_create(slug=slug)
        if not is_new:
            raise _used(slug)
    except ValidationError as error:
        raise ValidationError({"slug": error}) from error
    workspace = Workspace.objects.create(name=name, slug=slug)
    record(Kind.WORKSPACE_CREATED, by=by, workspace=workspace, subject_id=slug, subject_name=name)
    join(workspace, owner, Role.OWNER, by=by)
    return workspace


def propose_slug(name: str) -> str:
    """A slug for a workspace with this name which nobody has or had; "" if the name gives none, or all are taken."""
    slug = slug_from(name)
    stem = slug[: MAX_SLUG_LENGTH - len("-99")].rstrip("-")
    candidates = [slug, *[f"{stem}-{number}" for number in range(2, 100)]] if slug else []
    used = set(UsedSlug.objects.filter(slug__in=candidates).values_list("slug", flat=True)) | RESERVED_SLUGS
    return next((one for one in candidates if one not in used), "")


@transaction.atomic
def rename_workspace(workspace: Workspace, name: str, *, by: Actor) -> Workspace:
    """Its slug stays. Raises: NotAllowed; ValidationError (name)."""
    workspace, by = lock(workspace, by)
    by.require(Permission.RENAME_WORKSPACE, workspace)
    try:
        name = clean_name(name)
    except ValidationError as error:
        raise ValidationError({"name": error}) from error
    if name != workspace.name:
        before, workspace.name = workspace.name, name
        workspace.save(update_fields=["name"])
        record(
            Kind.WORKSPACE_RENAMED,
            by=by,
            workspace=workspace,
            subject_id=workspace.slug,
            subject_name=name,
            changes={"name": (before, name)},
        )
    return workspace


def require_power_to_found(by: Actor) -> None:
    """Raises: NotAllowed, for people, if the operator keeps the making of workspaces to operators."""
    if by.kind == ActorKind.MEMBER and not settings.ALLOW_WORKSPACE_CREATION:
        raise NotAllowed("On this Latchkey, operators make the workspaces. Ask yours for one.")


def require_free_slug(slug: str) -> None:
    """Raises: ValidationError, if a new workspace can't have `slug`: malformed, reserved, in use, or used before."""
    validate_slug(slug)
    if slug in RESERVED_SLUGS:
        raise ValidationError(f"“{slug}” is reserved. Choose another slug.", code="reserved")
    if UsedSlug.objects.filter(slug=slug).exists():
        raise _used(slug)


def _used(slug: str) -> ValidationError:
    return ValidationError(f"The slug “{slug}” is or was in use. Choose another one.", code="unique")


def require_power_over(membership: Membership, *, by: Actor) -> None:
    """Members are managed by who stands above them, Owners by Owners.

    Raises: NotAllowed.
    """
    by.require(Permission.MANAGE_MEMBERS, membership.workspace)
    if not manages(by.role, membership.role):
        raise NotAllowed("You can only manage members who stand below you.", needed=Role.OWNER)


def require_power_to_grant(role: int, workspace: Workspace, *, by: Actor) -> None:
    """Raises: NotAllowed, for a role above one's own too; Conflict, if it is switched off."""
    by.require(Permission.MANAGE_MEMBERS, workspace)
    by.require_reach(role)
    if not workspace.offers(role):
        raise Conflict(f"The role {Role(role).label} is switched off in {workspace.name}. Switch it on first.")


def require_another_owner(membership: Membership) -> None:
    """Raises: Conflict, if without this one the workspace had no Owner who can sign in."""
    if membership.role == Role.OWNER:
        others = Membership.objects.owners().filter(workspace=membership.workspace_id).exclude(pk=membership.pk)
        if not others.exists():
            raise Conflict(LAST_OWNER.format(name=membership.user.email, workspace=membership.workspace))


@transaction.atomic
def add_member(workspace: Workspace, user: User, role: int, *, by: Actor) -> Membership:
    """Raises: NotAllowed; Conflict, if they are a member already or the role is switched off."""
    workspace, by = lock(workspace, by)
    require_power_to_grant(role, workspace, by=by)
    if Membership.objects.filter(workspace=workspace, user=user).exists():
        raise Conflict(f"{user.email} is a member of {workspace.name} already.")
    return join(workspace, user, role, by=by)


def join(workspace: Workspace, user: User, role: int, *, by: Actor) -> Membership:
    """Make `user` a member. Whoever calls it has locked the workspace, and judged whether this may be."""
    membership = Membership.objects.create(workspace=workspace, user=user, role=role)
    _record(Kind.MEMBER_ADDED, membership, before=None, after=role, by=by)
    return membership


@transaction.atomic
def change_role(membership: Membership, role: int, *, by: Actor) -> Membership:
    """Raises: NotAllowed; Conflict, for the last Owner or a role that is switched off."""
    workspace, by = lock(membership.workspace, by)
    membership = _as_it_is(membership)
    require_power_over(membership, by=by)
    require_power_to_grant(role, workspace, by=by)
    if role == membership.role:
        return membership
    require_another_owner(membership)
    before, membership.role = membership.role, role
    membership.save(update_fields=["role"])
    _record(Kind.MEMBER_ROLE_CHANGED, membership, before=before, after=role, by=by)
    return membership


@transaction.atomic
def remove_member(membership: Membership, *, by: Actor) -> None:
    """End a membership. The person's tokens stay: they belong to the workspace.

    Raises: NotAllowed; Conflict, for the last Owner.
    """
    _, by = lock(membership.workspace, by)
    membership = _as_it_is(membership)
    require_power_over(membership, by=by)
    _end(membership, Kind.MEMBER_REMOVED, by=by)


@transaction.atomic
def leave(membership: Membership, *, by: Actor) -> None:
    """End one's own membership, whatever one's role. The person's tokens stay.

    Raises: NotAllowed, if it is somebody else's; Conflict, for the last Owner.
    """
    workspace, by = lock(membership.workspace, by)
    membership = _as_it_is(membership)
    by.require(Permission.SEE_WORKSPACE, workspace)
    if by.kind != ActorKind.MEMBER or by.user != membership.user:
        raise NotAllowed("Nobody can leave in another's place: remove them instead.")
    _end(membership, Kind.MEMBER_LEFT, by=by)


def _as_it_is(membership: Membership) -> Membership:
    return Membership.objects.select_related("user", "workspace").get(pk=membership.pk)


def _end(membership: Membership, kind: Kind, *, by: Actor) -> None:
    require_another_owner(membership)
    membership.delete()
    _record(kind, membership, before=membership.role, after=None, by=by)


def _record(kind: Kind, membership: Membership, *, before: int | None, after: int | None, by: Actor) -> None:
    names = [None if role is None else Role(role).wire_name for role in (before, after)]
    record(
        kind,
        by=by,
        workspace=membership.workspace,
        subject_id=membership.user.email,
        subject_name=membership.user.display_name,
        changes={"role": (names[0], names[1])},
    )


@transaction.atomic
def set_available_roles(workspace: Workspace, roles: Iterable[Role], *, by: Actor) -> Workspace:
    """Choose which roles members and tokens may have. Tokens whose scope is left out are refused until it is back.

    Raises: NotAllowed; Conflict, if a member holds a role that is left out, or Owner is.
    """
    workspace, by = lock(workspace, by)
    by.require(Permission.CONFIGURE_ROLES, workspace)
    chosen = set(roles)
    if Role.OWNER not in chosen:
        raise Conflict("The role Owner can't be switched off.")
    for role in Role:
        holders = workspace.memberships.filter(role=role).count()
        if role not in chosen and holders:
            members = "1 member has" if holders == 1 else f"{holders} members have"
            raise Conflict(f"{members} the role {role.label}. Give them another role before you switch it off.")
    before, after = workspace.roles, [role for role in Role if role in chosen]
    if before != after:
        workspace.available_roles = sum(after)
        workspace.save(update_fields=["available_roles"])
        names = ([role.wire_name for role in before], [role.wire_name for role in after])
        record(
            Kind.ROLES_CHANGED,
            by=by,
            workspace=workspace,
            subject_id=workspace.slug,
            subject_name=workspace.name,
            changes={"roles": names},
        )
    return workspace
