"""Sample data for trying Latchkey, made through the operations as people would make it."""

import secrets as random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

from django.db import transaction
from django.utils import timezone

from access_tokens import key_rings, operations, token_crypto, token_format
from access_tokens.models import AccessToken, HourlyRejections, HourlyUsage, RejectionReason
from accounts.models import User
from workspaces.actors import Actor, ActorType
from workspaces.models import Invitation, Membership, Workspace
from workspaces.models.invitation import INVITATION_LIFETIME
from workspaces.operations import add_member, create_workspace, projects, set_available_roles
from workspaces.permissions import Role

BY = Actor.command("manage.py demo")
NORTHWIND = "northwind"
PEOPLE = {
    "owner": ("Maya Okafor", Role.OWNER),
    "admin": ("Jonas Lindqvist", Role.ADMINISTRATOR),
    "manager": ("Priya Raman", Role.WORKSPACE_MANAGER),
    "member": ("Tomás Rivera", Role.TEAM_MEMBER),
    "viewer": ("Elin Sørensen", Role.VIEWER),
}
FABRIKAM_PEOPLE = {
    "owner": ("Amara Diallo", Role.OWNER),
    "admin": ("Lukas Weber", Role.ADMINISTRATOR),
    "viewer": ("Hana Sato", Role.VIEWER),
}
PROJECTS = ("Billing", "Data warehouse", "Mobile app", "Website")
USABLE = {
    Role.VIEWER: "Grafana exporter",
    Role.TEAM_MEMBER: "Staging smoke tests",
    Role.WORKSPACE_MANAGER: "Terraform Cloud",
    Role.ADMINISTRATOR: "Production deploy",
    Role.OWNER: "Break-glass access",
}
INVITED = (
    ("jo@partner.example", Role.TEAM_MEMBER, 2, ""),
    ("sam@northwnd.example", Role.VIEWER, 1, "The mail server does not take mail for this address: 550 No such domain"),
)
"""E-mail, role, how many days ago, and why the mail was not sent."""
BATCH = 2000


def is_loaded() -> bool:
    return Workspace.objects.filter(slug=NORTHWIND).exists()


@transaction.atomic
def load() -> dict[str, Any]:
    """Make the sample data.

    Returns what demo.json holds: the password of all `users`, and one usable token of northwind for each scope.
    """
    password = random.token_urlsafe(9)
    northwind, people = _workspace("Northwind", NORTHWIND, PEOPLE, password)
    fabrikam, _ = _workspace("Fabrikam", "fabrikam", FABRIKAM_PEOPLE, password)
    add_member(fabrikam, people["owner"], Role.VIEWER, by=BY)
    operator = User.objects.create_superuser("operator@northwind.example", password, name="Olga Operator")
    for name in PROJECTS:
        projects.create(northwind, name, by=BY)
    projects.create(fabrikam, "Assembly line", by=BY)
    _invitations(northwind, people["owner"])
    tokens = _northwind_tokens(northwind)
    _fabrikam_tokens(fabrikam)
    return {
        "password": password,
        "users": {**{role: user.email for role, user in people.items()}, "operator": operator.email},
        "tokens": tokens,
    }


def _workspace(
    name: str, slug: str, people: dict[str, tuple[str, Role]], password: str
) -> tuple[Workspace, dict[str, User]]:
    users = {
        local: User.objects.create_user(f"{local}@{slug}.example", password, name=full_name)
        for local, (full_name, _) in people.items()
    }
    workspace = create_workspace(name, slug, owner=users["owner"], by=BY)
    for local, (_, role) in people.items():
        if local != "owner":
            add_member(workspace, users[local], role, by=BY)
    return workspace, users


def _invitations(workspace: Workspace, inviter: User) -> None:
    """Two whose mail went out some days ago, or did not: none goes out now."""
    for email, role, days, failure in INVITED:
        at = timezone.now() - timedelta(days=days)
        times = {"created_at": at, "queued_at": at, "expires_at": at + INVITATION_LIFETIME}
        outcome = {"failed_at": at, "failure": failure} if failure else {"sent_at": at}
        by = {"inviter_type": ActorType.MEMBER, "inviter_name": inviter.email, "inviter": inviter}
        Invitation.objects.create(workspace=workspace, email=email, role=role, **times, **outcome, **by)


def _as(workspace: Workspace, local: str) -> Actor:
    email = f"{local}@{workspace.slug}.example"
    return Actor.member(workspace.memberships.select_related("user").get(user__email=email))


def _make(
    workspace: Workspace, local: str, label: str, scope: Role, lives: timedelta | None = None
) -> operations.CreatedToken:
    expires_at = timezone.now() + lives if lives else None
    return operations.create(workspace, by=_as(workspace, local), label=label, scope=scope, expires_at=expires_at)


def _use(token: AccessToken, *, until: timedelta) -> None:
    """Give a sample token some calls in the days up to so long ago: fewer at night and on Sundays."""
    last = int((timezone.now() - until).timestamp()) // 3600
    hours = [
        HourlyUsage(token=token, hour=hour, requests=20 + hour % 24 * 3 if (hour // 24 + 4) % 7 else 5)
        for hour in range(last - 24 * 30, last)
    ]
    HourlyUsage.objects.bulk_create(hours)
    requests = sum(hour.requests for hour in hours)
    AccessToken.objects.filter(pk=token.pk).update(
        use_count=requests, last_ip_address="203.0.113.7", last_client="curl"
    )


def _refuse(token: AccessToken, *reasons: RejectionReason) -> None:
    """Let calls of a sample token have been refused, each day a few."""
    now = int(timezone.now().timestamp()) // 3600
    HourlyRejections.objects.bulk_create(
        HourlyRejections(token=token, hour=now - 24 * day, reason=reason, requests=9 // number)
        for number, reason in enumerate(reasons, start=1)
        for day in range(1, 15, number)
    )


def _backdate(
    token: AccessToken, *, created: timedelta, used: timedelta | None, expired: timedelta | None = None
) -> None:
    """Give a sample token a past, which no operation can."""
    now = timezone.now()
    changes: dict[str, datetime] = {"created_at": now - created}
    if used:
        changes["last_used_at"] = now - used
    if expired:
        changes["expires_at"] = now - expired
    AccessToken.objects.filter(pk=token.pk).update(**changes)


def _northwind_tokens(workspace: Workspace) -> dict[str, str]:
    """A token in every state, and one for each scope that is usable for good: these are returned."""
    day = timedelta(days=1)
    contractor = _make(workspace, "owner", "Contractor: Hallam", Role.TEAM_MEMBER, 30 * day).token
    _backdate(contractor, created=120 * day, used=40 * day, expired=30 * day)
    legacy = _make(workspace, "admin", "Mobile app (legacy)", Role.TEAM_MEMBER).token
    _backdate(legacy, created=400 * day, used=150 * day)
    operations.disable(legacy, by=_as(workspace, "admin"))
    _refuse(legacy, RejectionReason.DISABLED, RejectionReason.WRONG_SECRET)
    zapier = _make(workspace, "manager", "Zapier integration", Role.WORKSPACE_MANAGER, 30 * day).token
    operations.disable(zapier, by=_as(workspace, "owner"))
    _backdate(zapier, created=200 * day, used=90 * day, expired=22 * day)
    backup = _make(workspace, "manager", "Nightly backup", Role.VIEWER, 6 * day).token
    _backdate(backup, created=24 * day, used=timedelta(hours=9))
    warehouse = _make(workspace, "admin", "Data warehouse sync", Role.TEAM_MEMBER, 180 * day).token
    _backdate(warehouse, created=60 * day, used=timedelta(hours=4))
    _use(warehouse, until=timedelta(hours=4))
    runner = _make(workspace, "owner", "Load-test runner", Role.ADMINISTRATOR, 365 * day).token
    _backdate(runner, created=12 * day, used=None)
    usable: dict[str, str] = {}
    for number, (role, label) in enumerate(USABLE.items(), start=1):
        issued = _make(workspace, "owner", label, role)
        _backdate(issued.token, created=number * day, used=None)
        usable[role.api_name] = issued.plaintext
    return usable


def _fabrikam_tokens(workspace: Workspace) -> None:
    """The Team Member role is switched off there. One token has it as its scope, and no end: none may now."""
    _make(workspace, "admin", "Robot arm telemetry", Role.TEAM_MEMBER)
    _make(workspace, "owner", "Shift planner", Role.VIEWER, timedelta(days=90))
    set_available_roles(workspace, set(Role) - {Role.TEAM_MEMBER}, by=BY)
    operations.set_expiry_policy(workspace, by=_as(workspace, "owner"), max_lifetime_days=365)


def add_tokens(count: int, *, advance: Callable[[int], None]) -> None:
    """`count` more tokens for northwind, for trying it at size: in bulk and without events, else like any.

    advance: called with the number of tokens made since its last call.
    """
    workspace = Workspace.objects.get(slug=NORTHWIND)
    creators = [row.user for row in Membership.objects.filter(workspace=workspace).select_related("user")]
    for rows in batched(_random_tokens(workspace, creators, count), BATCH, strict=False):
        AccessToken.objects.bulk_create(rows, batch_size=500)
        advance(len(rows))


def _random_tokens(workspace: Workspace, creators: list[User], count: int) -> Iterator[AccessToken]:
    now, peppers, encryption_keys = timezone.now(), key_rings.peppers(), key_rings.encryption_keys()
    purposes = ("Nightly export", "CI runner", "Webhook relay", "Metrics", "Inventory sync", "Mail gateway")
    for number in range(count):
        new = token_format.generate()
        digest = token_crypto.digest(new.plaintext, peppers)
        created = now - timedelta(days=30, minutes=number)
        creator = creators[number % len(creators)]
        token = AccessToken(
            workspace=workspace,
            key_id=new.key_id,
            label=f"{purposes[number % len(purposes)]} {number + 1}",
            scope=tuple(Role)[number % len(Role)],
            created_at=created,
            creator=creator,
            creator_email=creator.email,
            expires_at=None if number % 3 else created + timedelta(days=20 + number % 400, minutes=count),
            disabled_at=now if number % 17 == 0 else None,
            last_used_at=now - timedelta(minutes=number % 50_000) if number % 5 else None,
            pepper_id=digest.pepper_id,
            digest=digest.value,
        )
        ciphertext = token_crypto.encrypt(new.plaintext, context=token.encryption_context, keys=encryption_keys)
        token.encryption_key_id, token.encrypted_copy = ciphertext.key_id, ciphertext.value
        yield token
