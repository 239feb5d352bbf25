"""Make, rename and set up workspaces."""

from collections.abc import Iterable

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from workspaces.actors import Actor, ActorType
from workspaces.errors import Conflict, NotAllowed
from workspaces.events import EventType, record_event
from workspaces.models import UsedSlug, Workspace
from workspaces.models.workspace import validate_slug
from workspaces.names import MAX_SLUG_LENGTH, RESERVED_SLUGS, clean_name, slugify_name
from workspaces.operations.common import lock_workspace_and_refresh_actor, save_new_version
from workspaces.operations.members import join
from workspaces.permissions import Permission, Role, role_bits


@transaction.atomic
def create_workspace(name: str, slug: str, *, owner: User, by: Actor) -> Workspace:
    """A workspace whose first Owner is `owner`. Its slug never changes and is never given out again.

    Raises: NotAllowed, for people where operators alone make workspaces, and for any other owner than themselves;
    ValidationError (name; slug, also one that is reserved or was ever in use).
    """
    require_workspace_creation(by)
    if by.type == ActorType.MEMBER and by.user != owner:
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
    record_event(EventType.WORKSPACE_CREATED, by=by, workspace=workspace, subject_id=slug, subject_name=name)
    join(workspace, owner, Role.OWNER, by=by)
    return workspace


def propose_slug(name: str) -> str:
    """A slug for a workspace with this name which nobody has or had; "" if the name gives none, or all are taken."""
    slug = slugify_name(name)
    stem = slug[: MAX_SLUG_LENGTH - len("-99")].rstrip("-")
    candidates = [slug, *[f"{stem}-{number}" for number in range(2, 100)]] if slug else []
    used = set(UsedSlug.objects.filter(slug__in=candidates).values_list("slug", flat=True)) | RESERVED_SLUGS
    return next((one for one in candidates if one not in used), "")


@transaction.atomic
def rename_workspace(workspace: Workspace, name: str, *, by: Actor) -> Workspace:
    """Its slug stays. Raises: NotAllowed; ValidationError (name)."""
    workspace, by = lock_workspace_and_refresh_actor(workspace, by)
    by.require(Permission.RENAME_WORKSPACE, workspace)
    try:
        name = clean_name(name)
    except ValidationError as error:
        raise ValidationError({"name": error}) from error
    if name != workspace.name:
        before, workspace.name = workspace.name, name
        save_new_version(workspace, "name")
        record_event(
            EventType.WORKSPACE_RENAMED,
            by=by,
            workspace=workspace,
            subject_id=workspace.slug,
            subject_name=name,
            changes={"name": (before, name)},
        )
    return workspace


def require_workspace_creation(by: Actor) -> None:
    """Raises: NotAllowed, for people, if the operator keeps the making of workspaces to operators."""
    if by.type == ActorType.MEMBER and not settings.ALLOW_WORKSPACE_CREATION:
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


@transaction.atomic
def set_available_roles(workspace: Workspace, roles: Iterable[Role], *, by: Actor) -> Workspace:
    """Choose which roles members and tokens may have. Tokens whose scope is left out are refused until it is back.

    Raises: NotAllowed; Conflict, if a member holds a role that is left out, or Owner is.
    """
    workspace, by = lock_workspace_and_refresh_actor(workspace, by)
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
        workspace.available_roles = role_bits(*after)
        save_new_version(workspace, "available_roles")
        names = ([role.api_name for role in before], [role.api_name for role in after])
        record_event(
            EventType.ROLES_CHANGED,
            by=by,
            workspace=workspace,
            subject_id=workspace.slug,
            subject_name=workspace.name,
            changes={"roles": names},
        )
    return workspace
