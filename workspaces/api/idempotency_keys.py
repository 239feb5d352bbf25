"""The header `Idempotency-Key`: a client can safely retry a request that creates something."""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Annotated

from ninja import Header, Schema

from workspaces import idempotency
from workspaces.api.requests import ApiRequest, actor_of

IdempotencyKeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="A unique key for this request, valid for 24 hours. Reuse it only to retry the same request.",
        examples=["3f1c9d52-6a53-4d2e-9a54-0c2f6a1de0aa"],
    ),
]


class AlreadyCreated(Exception):
    """A request was sent again, and its response can't be repeated.

    path: the path of what the first request created; None if that has been deleted.
    """

    def __init__(self, message: str, *, path: str | None) -> None:
        super().__init__(message)
        self.message = message
        self.path = path


def create_once[T](
    request: ApiRequest,
    key: str | None,
    body: Schema | None,
    create: Callable[[], T],
    *,
    public_id: Callable[[T], str],
    find_created: Callable[[str], T],
) -> T:
    """Call `create`, unless the caller sent the same request with the same key before.

    Args:
        public_id: Returns the public ID of what `create` returns.
        find_created: Called instead of `create` for a repeated request, with the public ID that the first one created.
            Raises AlreadyCreated if the response can't be repeated.

    Raises: AlreadyCreated, RequestInProgress, KeyReused.
    """
    if not key:
        return create()
    content = json.dumps(body.model_dump(exclude_unset=True), default=str, sort_keys=True) if body else ""
    fingerprint = sha256(f"{request.method} {request.path_info} {content}".encode()).hexdigest()
    try:
        actor = actor_of(request).identifier
        return idempotency.run_once(create, public_id=public_id, actor=actor, key=key, fingerprint=fingerprint)
    except idempotency.DuplicateRequest as duplicate:
        return find_created(duplicate.result_id)
