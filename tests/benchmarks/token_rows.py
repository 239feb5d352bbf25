"""The facts of generated tokens, the same for Latchkey and for the endpoint peers."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from django.utils import timezone

TOKENS_PER_WORKSPACE = 100
MAX_WORKSPACES = 1_000
SCOPES = ("viewer", "team_member", "workspace_manager", "administrator", "owner")
"""In ascending order. Only the last one's tokens create tokens."""
DISABLED_EVERY = 20
EXPIRES_EVERY = 2
HAS_PARENT_EVERY = 10


class TokenFacts(NamedTuple):
    """`number` and `workspace` are primary keys; so is `parent`, an earlier token of the same workspace."""

    number: int
    workspace: int
    scope: int
    created_at: datetime
    expires_at: datetime | None
    is_disabled: bool
    parent: int | None

    @property
    def can_create_tokens(self) -> bool:
        return self.scope == len(SCOPES) - 1


def count_workspaces(size: int) -> int:
    """How many workspaces share `size` tokens."""
    return max(1, min(MAX_WORKSPACES, size // TOKENS_PER_WORKSPACE))


def generate_tokens(size: int, random: Random) -> Iterator[TokenFacts]:
    """Yield `size` tokens in random workspaces, one second apart, the last one created now."""
    now, workspaces = timezone.now(), count_workspaces(size)
    newest: dict[int, int] = {}
    for number in range(1, size + 1):
        workspace = random.randint(1, workspaces)
        yield TokenFacts(
            number=number,
            workspace=workspace,
            scope=number % len(SCOPES),
            created_at=now - timedelta(seconds=size - number),
            expires_at=now + timedelta(days=365) if number % EXPIRES_EVERY == 0 else None,
            is_disabled=number % DISABLED_EVERY == 0,
            parent=newest.get(workspace) if number % HAS_PARENT_EVERY == 0 else None,
        )
        newest[workspace] = number


def email_of(workspace: int) -> str:
    """Return the e-mail address of the person who created the workspace's tokens."""
    return f"person{workspace}@workspace-{workspace}.example"


def slug_of(workspace: int) -> str:
    return f"workspace-{workspace}"
