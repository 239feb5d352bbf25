"""Sample data for `manage.py demo`, created with the operations where possible."""

import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import batched
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from access_tokens import operations, token_format
from access_tokens.models import AccessToken, HourlyRejections, HourlyUsage, RejectionReason
from access_tokens.operations import CreatedToken
from accounts.models import User
from workspaces.actors import Actor, ActorType
from workspaces.models import Invitation, Membership, Workspace
from workspaces.models.invitation import INVITATION_LIFETIME
from workspaces.operations import add_member, create_workspace, projects, set_available_roles
from workspaces.permissions import Role


class SampleToken(NamedTuple):
    """All times are in days. `created`, `last_used` and `expired` are how long ago that was."""

    creator: str
    label: str
    scope: Role
    lifetime: int | None
    created: float
    last_used: float | None = None
    expired: int | None = None
    is_disabled: bool = False


ACTOR = Actor.command("manage.py demo")
NORTHWIND, FABRIKAM = "northwind", "fabrikam"
PEOPLE = {
    NORTHWIND: {
        "owner": ("Maya Okafor", Role.OWNER),
        "admin": ("Jonas Lindqvist", Role.ADMINISTRATOR),
        "manager": ("Priya Raman", Role.WORKSPACE_MANAGER),
        "member": ("Tomás Rivera", Role.TEAM_MEMBER),
        "viewer": ("Elin Sørensen", Role.VIEWER),
    },
    FABRIKAM: {
        "owner": ("Amara Diallo", Role.OWNER),
        "admin": ("Lukas Weber", Role.ADMINISTRATOR),
        "viewer": ("Hana Sato", Role.VIEWER),
    },
}
"""Full name and role by workspace and local part of the e-mail."""
PROJECTS = {NORTHWIND: ("Billing", "Data warehouse", "Mobile app", "Website"), FABRIKAM: ("Assembly line",)}
INVITATIONS = (
    ("jo@partner.example", Role.TEAM_MEMBER, 2, ""),
    ("sam@northwnd.example", Role.VIEWER, 1, "The mail server rejected this address: 550 No such domain"),
)
"""E-mail, role, age in days, and why the e-mail could not be sent."""
CONTRACTOR = SampleToken("owner", "Contractor: Hallam", Role.TEAM_MEMBER, 30, created=120, last_used=40, expired=30)
LEGACY = SampleToken("admin", "Mobile app (legacy)", Role.TEAM_MEMBER, None, 400, last_used=150, is_disabled=True)
ZAPIER = SampleToken("manager", "Zapier integration", Role.WORKSPACE_MANAGER, 30, 200, 90, expired=22, is_disabled=True)
BACKUP = SampleToken("manager", "Nightly backup", Role.VIEWER, 6, created=24, last_used=9 / 24)
WAREHOUSE = SampleToken("admin", "Data warehouse sync", Role.TEAM_MEMBER, 180, created=60, last_used=4 / 24)
RUNNER = SampleToken("owner", "Load-test runner", Role.ADMINISTRATOR, 365, created=12)
NON_EXPIRING_TOKENS = (
    SampleToken("owner", "Grafana exporter", Role.VIEWER, None, created=1),
    SampleToken("owner", "Staging smoke tests", Role.TEAM_MEMBER, None, created=2),
    SampleToken("owner", "Terraform Cloud", Role.WORKSPACE_MANAGER, None, created=3),
    SampleToken("owner", "Production deploy", Role.ADMINISTRATOR, None, created=4),
    SampleToken("owner", "Break-glass access", Role.OWNER, None, created=5),
)
"""A usable token for each scope."""
MANY_LABELS = ("Nightly export", "CI runner", "Webhook relay", "Metrics", "Inventory sync", "Mail gateway")
TRANSACTION_SIZE = 2000


def is_loaded() -> bool:
    return Workspace.objects.filter(slug=NORTHWIND).exists()


@transaction.atomic
def load() -> dict[str, Any]:
    """Create the sample data.

    Returns the contents of demo.json: the password of all `users`, and a token of Northwind for each scope.
    """
    password = secrets.token_urlsafe(9)
    northwind, people = _create_workspace("Northwind", NORTHWIND, password)
    fabrikam, _ = _create_workspace("Fabrikam", FABRIKAM, password)
    add_member(fabrikam, people["owner"], Role.VIEWER, by=ACTOR)
    operator = User.objects.create_superuser("operator@northwind.example", password, name="Olga Operator")
    _create_invitations(northwind, people["owner"])
    tokens = _create_northwind_tokens(northwind)
    _create_fabrikam_tokens(fabrikam)
    return {
        "password": password,
        "users": {**{local: user.email for local, user in people.items()}, "operator": operator.email},
        "tokens": tokens,
    }


def _create_workspace(name: str, slug: str, password: str) -> tuple[Workspace, dict[str, User]]:
    people = PEOPLE[slug]
    users = {
        local: User.objects.create_user(f"{local}@{slug}.example", password, name=full_name)
        for local, (full_name, _) in people.items()
    }
    workspace = create_workspace(name, slug, owner=users["owner"], by=ACTOR)
    for local, (_, role) in people.items():
        if local != "owner":
            add_member(workspace, users[local], role, by=ACTOR)
    for project in PROJECTS[slug]:
        projects.create(workspace, project, by=ACTOR)
    return workspace, users


def _create_invitations(workspace: Workspace, inviter: User) -> None:
    """Create invitations without sending e-mails."""
    for email, role, age, failure in INVITATIONS:
        at = timezone.now() - timedelta(days=age)
        times = {"created_at": at, "queued_at": at, "expires_at": at + INVITATION_LIFETIME}
        delivery = {"failed_at": at, "failure": failure} if failure else {"sent_at": at}
        by = {"inviter_type": ActorType.MEMBER, "inviter_name": inviter.email, "inviter": inviter}
        Invitation.objects.create(workspace=workspace, email=email, role=role, **times, **delivery, **by)


def _create_northwind_tokens(workspace: Workspace) -> dict[str, str]:
    """Create tokens with every status. Return the non-expiring token of each scope."""
    _create_token(workspace, CONTRACTOR)
    _add_rejections(_create_token(workspace, LEGACY).token, RejectionReason.DISABLED, RejectionReason.WRONG_SECRET)
    _create_token(workspace, ZAPIER)
    _create_token(workspace, BACKUP)
    _add_usage(_create_token(workspace, WAREHOUSE).token, hours_ago=4)
    _create_token(workspace, RUNNER)
    return {sample.scope.api_name: _create_token(workspace, sample).plaintext for sample in NON_EXPIRING_TOKENS}


def _create_fabrikam_tokens(workspace: Workspace) -> None:
    """Create a token whose scope becomes unavailable, and which exceeds the expiry policy."""
    _create_token(workspace, SampleToken("admin", "Robot arm telemetry", Role.TEAM_MEMBER, None, created=0))
    _create_token(workspace, SampleToken("owner", "Shift planner", Role.VIEWER, 90, created=0))
    set_available_roles(workspace, set(Role) - {Role.TEAM_MEMBER}, by=ACTOR)
    operations.set_expiry_policy(workspace, by=_member(workspace, "owner"), max_lifetime_days=365)


def _member(workspace: Workspace, local: str) -> Actor:
    email = f"{local}@{workspace.slug}.example"
    return Actor.member(workspace.memberships.select_related("user").get(user__email=email))


def _create_token(workspace: Workspace, sample: SampleToken) -> CreatedToken:
    now = timezone.now()
    created = operations.create(
        workspace,
        by=_member(workspace, sample.creator),
        label=sample.label,
        scope=sample.scope,
        expires_at=now + timedelta(days=sample.lifetime) if sample.lifetime else None,
    )
    if sample.is_disabled:
        operations.disable(created.token, by=_member(workspace, "owner"))
    ages = {"created_at": sample.created, "last_used_at": sample.last_used, "expires_at": sample.expired}
    past = {field: now - timedelta(days=age) for field, age in ages.items() if age}
    if past:  # set directly, because no operation backdates
        AccessToken.objects.filter(pk=created.token.pk).update(**past)
    return created


def _add_usage(token: AccessToken, *, hours_ago: int) -> None:
    """Add 30 days of requests up to `hours_ago`, fewer at night and on Sundays."""
    last_hour = int(timezone.now().timestamp()) // 3600 - hours_ago
    rows = [
        HourlyUsage(token=token, hour=hour, requests=20 + hour % 24 * 3 if (hour // 24 + 4) % 7 else 5)
        for hour in range(last_hour - 24 * 30, last_hour)
    ]
    HourlyUsage.objects.bulk_create(rows)
    AccessToken.objects.filter(pk=token.pk).update(
        use_count=sum(row.requests for row in rows), last_ip_address="203.0.113.7", last_client="curl"
    )


def _add_rejections(token: AccessToken, *reasons: RejectionReason) -> None:
    """Add some rejected requests on each of the last 14 days."""
    now = int(timezone.now().timestamp()) // 3600
    HourlyRejections.objects.bulk_create(
        HourlyRejections(token=token, hour=now - 24 * day, reason=reason, requests=9 // number)
        for number, reason in enumerate(reasons, start=1)
        for day in range(1, 15, number)
    )


def add_tokens(count: int, *, advance: Callable[[int], None]) -> None:
    """Add many tokens to Northwind, in bulk and without events.

    advance: called with the number of tokens created since the last call.
    """
    workspace = Workspace.objects.get(slug=NORTHWIND)
    creators = [row.user for row in Membership.objects.filter(workspace=workspace).select_related("user")]
    for rows in batched(_build_tokens(workspace, creators, count), TRANSACTION_SIZE, strict=False):
        AccessToken.objects.bulk_create(rows, batch_size=500)
        advance(len(rows))


def _build_tokens(workspace: Workspace, creators: list[User], count: int) -> Iterator[AccessToken]:
    now = timezone.now()
    for number in range(count):
        new = token_format.generate()
        created_at = now - timedelta(days=30, minutes=number)
        creator = creators[number % len(creators)]
        token = AccessToken(
            workspace=workspace,
            key_id=new.key_id,
            label=f"{MANY_LABELS[number % len(MANY_LABELS)]} {number + 1}",
            scope=tuple(Role)[number % len(Role)],
            created_at=created_at,
            creator=creator,
            creator_email=creator.email,
            expires_at=None if number % 3 else created_at + timedelta(days=20 + number % 400, minutes=count),
            disabled_at=now if number % 17 == 0 else None,
            last_used_at=now - timedelta(minutes=number % 50_000) if number % 5 else None,
        )
        token.set_secret(new.plaintext)
        yield token
