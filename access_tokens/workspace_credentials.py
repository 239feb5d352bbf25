"""Access tokens as the credentials of workspaces (see `workspaces.credentials`)."""

from collections.abc import Collection, Mapping

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from access_tokens.models import AccessToken
from access_tokens.offboarding import disable_tokens_created_by, usable_tokens_created_by
from access_tokens.operations import bulk
from access_tokens.token_preview import TokenPreview
from workspaces.actors import Actor
from workspaces.credentials import Credentials
from workspaces.models import Membership, Workspace
from workspaces.purge import delete_in_batches


class TokensCreatedByMember(TokenPreview):
    """A preview that the workspace's dialogs show when a member leaves or gets a lower role."""

    template = "access_tokens/tokens_created_by_member.html"


class TokenCredentials(Credentials):
    def active_scope(self, pk: OuterRef) -> Subquery:
        return Subquery(AccessToken.objects.active().filter(pk=pk).values("scope"))

    def count_in_workspace(self, workspace: OuterRef) -> Coalesce:
        return _count(AccessToken.objects.filter(workspace=workspace))

    def count_created_by(self, user: OuterRef, workspace: OuterRef) -> Coalesce:
        return _count(AccessToken.objects.filter(workspace=workspace, creator=user))

    def count_by_scope(self, workspace: Workspace) -> Mapping[int, int]:
        return dict(workspace.access_tokens.values_list("scope").annotate(Count("pk")))

    def usable_created_by(self, membership: Membership) -> TokensCreatedByMember:
        preview = usable_tokens_created_by(membership)
        return TokensCreatedByMember(preview.count, preview.shown)

    def disable_created_by(self, membership: Membership, ids: Collection[str], *, by: Actor) -> int:
        return disable_tokens_created_by(membership, by=by, key_ids=ids)

    def disable_next_created_by(self, membership: Membership, *, by: Actor) -> int:
        return disable_tokens_created_by(membership, by=by, limit=bulk.MAX_TOKENS_PER_STEP)

    def list_url(self, workspace: Workspace) -> str:
        return reverse("access_tokens:list", args=[workspace.slug])

    def delete_all(self, workspace: Workspace) -> None:
        delete_in_batches(workspace.access_tokens.all())


def _count(tokens: QuerySet[AccessToken]) -> Coalesce:
    counted = tokens.order_by().values("workspace").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted), 0, output_field=IntegerField())
