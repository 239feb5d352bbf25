"""ETags and `If-Match`: a client changes a resource only if it is as the client last read it (RFC 9110, section 13).

An ETag changes with each edit, not when a token is used or an e-mail is delivered.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Annotated

from django.db import transaction
from django.db.models import Model
from django.utils.http import parse_etags
from ninja import Header, Schema

from workspaces.api.requests import ApiRequest, actor_of
from workspaces.operations import lock_workspace_and_refresh_actor

IfMatchHeader = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=1000,
        description="The `ETag` of the version you read. If the resource has changed since, the response is 412.",
        examples=['"9f86d081.3"'],
    ),
]


VERSION_ETAG = '"%s.%s"'
"""The ETag of a resource whose row counts its versions: its public ID and its version."""


class PreconditionFailed(Exception):
    """The resource is not the version that `If-Match` names. `etag` is the current one."""

    message = "This resource changed after you read it. Get it again, then decide whether to change it."

    def __init__(self, etag: str) -> None:
        super().__init__(self.message)
        self.etag = etag


def version_etag(public_id: object, version: int) -> str:
    """Return the ETag of a resource whose row counts its versions."""
    return VERSION_ETAG % (public_id, version)


def content_etag(content: Schema) -> str:
    """Return the ETag of a resource that shows several rows: a member's name, the number of tokens with a role."""
    return f'"{sha256(content.model_dump_json().encode()).hexdigest()[:16]}"'


@contextmanager
def require_match[M: Model](
    request: ApiRequest, if_match: str | None, row: M, etag_of: Callable[[M], str]
) -> Iterator[None]:
    """Run the `with` block, and roll it back unless `if_match` names the current version of `row`.

    The check comes last, since other errors take precedence (RFC 9110, section 13.2.1). It reads the row again, under
    the lock that all changes in a workspace take.

    Raises: PreconditionFailed; ObjectDoesNotExist if the row is gone.
    """
    if if_match is None:
        yield
        return
    with transaction.atomic():
        lock_workspace_and_refresh_actor(request.principal.workspace, actor_of(request))
        current = etag_of(type(row)._default_manager.get(pk=row.pk))
        yield
        if not {"*", current} & set(parse_etags(if_match)):
            raise PreconditionFailed(current)
