"""Four endpoints in django-ninja. HttpBearer looks up the token's digest with the ORM."""

from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any, Literal

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import path
from ninja import Field, NinjaAPI, Schema, Status
from ninja.pagination import CursorPagination, paginate
from ninja.security import HttpBearer

from tests.benchmarks.projects.workspace_tokens.models import Workspace, WorkspaceToken


class TokenAuth(HttpBearer):
    def authenticate(self, request: HttpRequest, token: str) -> WorkspaceToken | None:
        digest = sha256(token.encode()).hexdigest()
        tokens = WorkspaceToken.objects.select_related("workspace")
        found: WorkspaceToken | None = tokens.filter(digest=digest, disabled_at=None).first()
        return found if found and found.status == "active" else None


class AuthenticatedRequest(HttpRequest):
    auth: WorkspaceToken


class WorkspaceOut(Schema):
    slug: str
    name: str
    created_at: datetime = Field(alias="created")
    copy_policy: str
    requests_per_minute: int
    max_lifetime_days: int | None
    non_expiring_allowed: bool
    default_expiry: str


class TokenIn(Schema):
    label: str = Field(max_length=100)
    scope: Literal["viewer", "team_member", "workspace_manager", "administrator", "owner"]
    expires_at: datetime | None = None


class TokenOut(Schema):
    key_id: str
    label: str
    scope: str
    status: str
    masked: str
    created_at: datetime
    created_by: str | None
    expires_at: datetime | None
    last_used_at: datetime | None
    parent: str | None

    @staticmethod
    def resolve_created_by(token: WorkspaceToken) -> str | None:
        return token.creator.email if token.creator else None

    @staticmethod
    def resolve_parent(token: WorkspaceToken) -> str | None:
        return token.parent.key_id if token.parent else None


class NewTokenOut(TokenOut):
    """A token with its secret, which is shown once."""

    token: str


api = NinjaAPI(auth=TokenAuth())
TOKENS = "/workspaces/{slug}/access-tokens"


def get_workspace(request: AuthenticatedRequest, slug: str) -> Workspace:
    """Raises: Http404, if the token belongs to another workspace."""
    workspace: Workspace = request.auth.workspace
    if workspace.slug != slug:
        raise Http404
    return workspace


def tokens_of(request: AuthenticatedRequest, slug: str) -> QuerySet[WorkspaceToken]:
    own = WorkspaceToken.objects.filter(workspace=get_workspace(request, slug))
    return own.select_related("creator", "parent")


@api.get("/workspaces", response=list[WorkspaceOut])
@paginate(CursorPagination, ordering=("-created",), page_size=25)
def list_workspaces(request: AuthenticatedRequest) -> QuerySet[Workspace]:
    return Workspace.objects.filter(pk=request.auth.workspace.pk)


@api.get(TOKENS, response=list[TokenOut])
@paginate(CursorPagination, ordering=("-created_at",), page_size=25)
def list_tokens(request: AuthenticatedRequest, slug: str) -> QuerySet[WorkspaceToken]:
    return tokens_of(request, slug)


@api.post(TOKENS, response={201: NewTokenOut})
def create_token(request: AuthenticatedRequest, slug: str, payload: TokenIn) -> Status[Any]:
    secret = token_urlsafe(32)
    token: Any = WorkspaceToken.objects.create(
        workspace=get_workspace(request, slug),
        key_id=token_urlsafe(7),
        digest=sha256(secret.encode()).hexdigest(),
        creator=request.auth.creator,
        parent=request.auth,
        **payload.dict(),
    )
    token.token = secret
    return Status(201, token)


@api.get(TOKENS + "/{key_id}", response=TokenOut)
def get_token(request: AuthenticatedRequest, slug: str, key_id: str) -> WorkspaceToken:
    return get_object_or_404(tokens_of(request, slug), key_id=key_id)


urlpatterns = [path("api/v1/", api.urls)]
