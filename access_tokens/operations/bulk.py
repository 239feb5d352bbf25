"""Bulk changes of tokens, with an event for each token."""

from collections.abc import Callable, Sequence
from itertools import batched
from typing import Any

from django.db.models import F

from access_tokens.models import AccessToken
from workspaces.actors import Actor
from workspaces.events import Changes, EventType, build_event
from workspaces.models import Event, Workspace

BATCH_SIZE = 500
MAX_TOKENS_PER_STEP = 2000
"""Tokens that one request changes, which takes less than a second. The console repeats the request for the rest."""


def bulk_update(
    tokens: Sequence[AccessToken],
    values: dict[str, Any],
    event_type: EventType,
    *,
    by: Actor,
    workspace: Workspace,
    changes_of: Callable[[AccessToken], Changes | None] = lambda token: None,
) -> None:
    """Set fields of tokens of a locked workspace to `values`, increment their versions and record an event for each.

    changes_of: returns the changes in a token's event. It is called with the unchanged token.
    """
    for batch in batched(tokens, BATCH_SIZE, strict=False):
        rows = AccessToken.objects.filter(pk__in=[token.pk for token in batch])
        rows.update(**values, version=F("version") + 1)
        Event.objects.bulk_create(
            build_event(
                event_type,
                by=by,
                workspace=workspace,
                subject_id=token.token_id,
                subject_name=token.label,
                changes=changes_of(token),
            )
            for token in batch
        )
