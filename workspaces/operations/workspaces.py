"""Operations on workspaces."""

from collections.abc import Iterable

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from workspaces.actors import Actor, ActorType
from workspaces.errors import Conflict, NotAllowed, field_errors
from workspaces.events import EventType, record_workspace_event
from workspaces.models import UsedSlug, Workspace
from workspaces.models.workspace import validate_slug
from workspaces.names import MAX_SLUG_LENGTH, RESERVED_SLUGS, clean_name, slugify_name
from workspaces.operations.common import lock_workspace_and_refresh_actor, save_new_version
from workspaces.operations.members import create_membership
from workspaces.permissions import Permission, Role, role_bits


@transaction.atomic
def create_workspace(name: str, slug: str, *, owner: User, by: Actor) -> Workspace:
    """Create a workspace and make `owner` its first Owner. The slug never changes and is never reused.

    Raises: NotAllowed, for users, if only operators can create workspaces or `owner` is someone else;
    ValidationError (name; slug, also if it is reserved or was ever in use).
    """
    require_workspace_creation(by)
    if by.type == ActorType.MEMBER and by.user != owner:
        raise NotAllowed("You can only create a workspace with yourself as its first Owner.")
    with field_errors("name"):
        name = clean_name(name)
    with field_errors("slug"):
        require_unused_slug(slug)
        _, is_new = UsedSlug.objects.get_or_create(slug=slug)
        if not is_new:
            raise _slug_in_use(slug)
    workspace = Workspace.objects.create(name=name, slug=slug)
    record_workspace_event(EventType.WORKSPACE_CREATED, workspace, by=by)
    create_membership(workspace, owner, Role.OWNER, by=by)
    return workspace


def propose_slug(name: str) -> str:
    """Return an unused slug for a workspace with this name, or "" if there is none."""
    slug = slugify_name(name)
    stem = slug[: MAX_SLUG_LENGTH - len("-99")].rstrip("-")
    candidates = [slug, *[f"{stem}-{number}" for number in range(2, 100)]] if slug else []
    used = set(UsedSlug.objects.filter(slug__in=candidates).values_list("slug", flat=True)) | RESERVED_SLUGS
    return next((candidate for candidate in candidates if candidate not in used), "")


@transaction.atomic
def rename_workspace(workspace: Workspace, name: str, *, by: Actor) -> Workspace:
    """Rename a workspace. Its slug stays the same. Raises: NotAllowed; ValidationError (name)."""
    workspace, by = lock_workspace_and_refresh_actor(workspace, by)
    by.require(Permission.RENAME_WORKSPACE, workspace)
    with field_errors("name"):
        name = clean_name(name)
    if name != workspace.name:
        before, workspace.name = workspace.name, name
        save_new_version(workspace, "name")
        record_workspace_event(EventType.WORKSPACE_RENAMED, workspace, by=by, changes={"name": (before, name)})
    return workspace


def require_workspace_creation(by: Actor) -> None:
    """Raises: NotAllowed, for users, if only operators can create workspaces (ALLOW_WORKSPACE_CREATION)."""
    if by.type == ActorType.MEMBER and not settings.ALLOW_WORKSPACE_CREATION:
        raise NotAllowed("Only operators can create workspaces here. Ask your operator for one.")


def require_unused_slug(slug: str) -> None:
    """Raises: ValidationError if a new workspace can't have this slug: malformed, reserved, in use, or used before."""
    validate_slug(slug)
    if slug in RESERVED_SLUGS:
        raise ValidationError(f"The slug “{slug}” is reserved. Choose another one.", code="reserved")
    if UsedSlug.objects.filter(slug=slug).exists():
        raise _slug_in_use(slug)


def _slug_in_use(slug: str) -> ValidationError:
    return ValidationError(f"The slug “{slug}” is or was in use. Choose another one.", code="unique")


@transaction.atomic
def set_available_roles(workspace: Workspace, roles: Iterable[Role], *, by: Actor) -> Workspace:
    """Choose the roles that members and tokens can have. Tokens with another scope are rejected until it is back.

    Raises: NotAllowed; Conflict if Owner is left out, or a role that a member has.
    """
    workspace, by = lock_workspace_and_refresh_actor(workspace, by)
    by.require(Permission.CONFIGURE_ROLES, workspace)
    chosen = set(roles)
    if Role.OWNER not in chosen:
        raise Conflict("The role Owner can't be switched off.")
    for role in Role:
        count = 0 if role in chosen else workspace.memberships.filter(role=role).count()
        if count:
            members = "1 member has" if count == 1 else f"{count} members have"
            raise Conflict(f"{members} the role {role.label}. Give them another role before you switch it off.")
    before, after = workspace.roles, [role for role in Role if role in chosen]
    if before != after:
        workspace.available_roles = role_bits(*after)
        save_new_version(workspace, "available_roles")
        names = ([role.api_name for role in before], [role.api_name for role in after])
        record_workspace_event(EventType.ROLES_CHANGED, workspace, by=by, changes={"roles": names})
    return workspace
