"""Workspaces with a member in each role, and tokens with any status."""

import time
from datetime import timedelta

from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from access_tokens import operations
from access_tokens.models import AccessToken
from accounts.models import User
from workspaces.actors import Actor
from workspaces.models import Workspace
from workspaces.operations import add_member, create_workspace
from workspaces.permissions import Role

PASSWORD = "seven brass keys"
BY = Actor.command("tests")
DAY = timedelta(days=1)
SIGNED_IN_BY = "account_authentication_methods"


def found_workspace(name: str, slug: str) -> Workspace:
    """A workspace with one member in each role: `team_member@northwind.example` and so on, named after it."""
    people = {
        role: User.objects.create_user(f"{role.api_name}@{slug}.example", PASSWORD, name=f"{name} {role.label}")
        for role in Role
    }
    workspace = create_workspace(name, slug, owner=people.pop(Role.OWNER), by=BY)
    for role, user in people.items():
        add_member(workspace, user, role, by=BY)
    return workspace


def person(workspace: Workspace, role: Role) -> User:
    """Return the first member with this role."""
    return workspace.memberships.select_related("user").filter(role=role).earliest("pk").user


def issue(
    workspace: Workspace,
    label: str = "CI runner",
    scope: Role = Role.VIEWER,
    *,
    ends: timedelta | None = None,
    disabled: bool = False,
    by: Role = Role.OWNER,
    **past,
) -> operations.CreatedToken:
    """Create a token that expires after `ends` (negative: in the past). `past` sets fields that no operation sets."""
    actor = Actor.member(workspace.memberships.select_related("user").get(role=by))
    end = timezone.now() + ends if ends is not None else None
    is_over = end is not None and end < timezone.now()
    issued = operations.create(workspace, by=actor, label=label, scope=scope, expires_at=None if is_over else end)
    if end is not None and is_over:
        past = {"expires_at": end, "created_at": end - DAY, **past}
    if disabled:
        operations.disable(issued.token, by=BY)
    if past:
        AccessToken.objects.filter(pk=issued.token.pk).update(**past)
    issued.token.refresh_from_db()
    return issued


def session_of(user: User, *, minutes_ago: float = 0) -> dict[str, str]:
    """Return the cookies of a user who signed in with the form some minutes ago."""
    client = Client()
    answer = client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302, "The sign-in failed."
    age_sign_in(client.session.session_key, minutes_ago)
    return {settings.SESSION_COOKIE_NAME: str(client.session.session_key)}


def age_sign_in(session_key, minutes_ago: float) -> None:
    """Move the last password confirmation of this session back by some minutes."""
    client = Client(headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={session_key}"})
    client.cookies[settings.SESSION_COOKIE_NAME] = session_key
    session = client.session
    session[SIGNED_IN_BY] = [{**record, "at": time.time() - minutes_ago * 60} for record in session[SIGNED_IN_BY]]
    session.save()
