"""The tokens that Latchkey and the endpoint peers have in common: same workspaces, scopes, dates and states."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from django.utils import timezone

TOKENS_PER_WORKSPACE = 100
MAX_WORKSPACES = 1_000
LIFETIME_DAYS = 365
SCOPES = ("viewer", "team_member", "workspace_manager", "administrator", "owner")
"""In ascending order."""
DISABLED_EVERY = 20
EXPIRES_EVERY = 2
HAS_PARENT_EVERY = 10


class TokenRow(NamedTuple):
    """`number` and `workspace` are primary keys, and so is `parent`: an earlier token of the same workspace.

    scope: an index of `SCOPES`.
    """

    number: int
    workspace: int
    scope: int
    created_at: datetime
    expires_at: datetime | None
    is_disabled: bool
    parent: int | None

    @property
    def is_owner(self) -> bool:
        """Can this token create tokens of any scope?"""
        return self.scope == len(SCOPES) - 1


def count_workspaces(size: int) -> int:
    """Return how many workspaces share `size` tokens."""
    return max(1, min(MAX_WORKSPACES, size // TOKENS_PER_WORKSPACE))


def generate_tokens(size: int, random: Random) -> Iterator[TokenRow]:
    """Yield `size` tokens in random workspaces, created one second apart; the last one now."""
    now, workspaces = timezone.now(), count_workspaces(size)
    newest: dict[int, int] = {}
    for number in range(1, size + 1):
        workspace = random.randint(1, workspaces)
        yield TokenRow(
            number=number,
            workspace=workspace,
            scope=number % len(SCOPES),
            created_at=now - timedelta(seconds=size - number),
            expires_at=now + timedelta(days=LIFETIME_DAYS) if number % EXPIRES_EVERY == 0 else None,
            is_disabled=number % DISABLED_EVERY == 0,
            parent=newest.get(workspace) if number % HAS_PARENT_EVERY == 0 else None,
        )
        newest[workspace] = number


def email_of(workspace: int) -> str:
    """Return the address of the person who created the workspace's tokens."""
    return f"person{workspace}@workspace-{workspace}.example"


def slug_of(workspace: int) -> str:
    return f"workspace-{workspace}"
