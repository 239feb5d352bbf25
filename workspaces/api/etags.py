"""What makes calls safe to repeat: `Idempotency-Key` for what is created, `ETag` and `If-Match` for what is changed."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import singledispatch
from hashlib import sha256
from typing import Annotated, Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_etags
from ninja import Header, Schema

from workspaces import idempotency
from workspaces.api.problems import Problem
from workspaces.api.requests import ApiRequest, actor_of
from workspaces.models import Invitation, Project, Workspace
from workspaces.operations import lock_workspace_and_refresh_actor

IdempotencyKeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="Your word for this creation, new for each. Sent again within 24 hours, nothing is made twice.",
        examples=["3f1c9d52-6a53-4d2e-9a54-0c2f6a1de0aa"],
    ),
]
IfMatchHeader = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=1000,
        description="The `ETag` of the version that you have seen: a newer one is not changed (412).",
        examples=['"9f86d081884c7d65"'],
    ),
]


class PreconditionFailed(Exception):
    """A precondition failed: `etag` is that of the present version."""

    message = "This was changed since you read it. Read it again, then decide whether to change it."

    def __init__(self, etag: str) -> None:
        super().__init__(self.message)
        self.etag = etag


class AlreadyCreated(Exception):
    """An idempotency key came again. `path` leads to what it made then; None if that is gone."""

    def __init__(self, message: str, *, path: str | None) -> None:
        super().__init__(message)
        self.message = message
        self.path = path


def once[T](
    request: ApiRequest, key: str | None, body: Schema | None, make: Callable[[], T], *, public_id: Callable[[T], str]
) -> T:
    """Do `make`, and only once for each key, caller, address and body.

    Raises: idempotency.DuplicateRequest, RequestInProgress, KeyReused.
    """
    sent = json.dumps(body.model_dump(exclude_unset=True), default=str, sort_keys=True) if body else ""
    fingerprint = sha256(f"{request.method} {request.path_info} {sent}".encode()).hexdigest()
    actor = actor_of(request).identifier
    return idempotency.run_once(make, public_id=public_id, actor=actor, key=key or "", fingerprint=fingerprint)


@singledispatch
def etag_of(row: Any) -> str:
    """The entity tag of a row's version. Its use does not move it, nor does the passing of time."""
    raise NotImplementedError


@etag_of.register
def _(row: Project) -> str:
    return f'"{row.pk.hex}.{row.version}"'


@etag_of.register
def _(row: Invitation) -> str:
    return f'"{row.pk.hex}.{row.version}"'


@etag_of.register
def _(row: Workspace) -> str:
    return f'"{row.slug}.{row.version}"'


@etag_of.register
def _(page: Schema) -> str:
    """A response that shows more than one row: what a member is called, how many tokens have a role."""
    return f'"{sha256(page.model_dump_json().encode()).hexdigest()[:16]}"'


@contextmanager
def unless_changed(request: ApiRequest, given: str | None, read: Callable[[], Any]) -> Iterator[None]:
    """Do what stands within, and undo it if `If-Match` names another version than there was (RFC 9110, 13.1.1).

    A precondition counts only for what would be done without it (RFC 9110, 13.2.1): so it is judged last.

    read: returns the current row. It is called under the lock that every change of the workspace takes.

    Raises: PreconditionFailed; what `read` raises.
    """
    if given is None:
        yield
        return
    with transaction.atomic():
        lock_workspace_and_refresh_actor(request.principal.workspace, actor_of(request))
        there = etag_of(read())
        yield
        if not {"*", there} & set(parse_etags(given)):
            raise PreconditionFailed(there)


def precondition_failed(request: HttpRequest, error: PreconditionFailed) -> HttpResponse:
    return Problem.PRECONDITION_FAILED.response(error.message, headers={"ETag": error.etag})


def already_created(request: HttpRequest, error: AlreadyCreated) -> HttpResponse:
    headers = {"Location": error.path} if error.path else None
    return Problem.ALREADY_CREATED.response(error.message, headers=headers, existing=error.path)


def request_in_progress(request: HttpRequest, error: idempotency.RequestInProgress) -> HttpResponse:
    return Problem.REQUEST_UNDER_WAY.response(error.message, headers={"Retry-After": "1"})


def key_reused(request: HttpRequest, error: idempotency.KeyReused) -> HttpResponse:
    return Problem.IDEMPOTENCY_KEY_REUSED.response(error.message)
