"""Helpers for tests of operations."""

from typing import Any

from tests.factories import MembershipFactory
from workspaces.actors import Actor
from workspaces.models import Event, Membership, Workspace
from workspaces.permissions import Role

BY = Actor.command("tests")


def member(workspace: Workspace, role: Role) -> Membership:
    return MembershipFactory(workspace=workspace, role=role)


def recorded_events() -> list[Any]:
    """Return the type, subject and changes of every event, oldest first."""
    return list(Event.objects.order_by("pk").values_list("event_type", "subject_id", "changes"))
