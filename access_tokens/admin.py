"""Access tokens in the admin. Operators find, disable, enable and delete them; only members create and edit them."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html_join

from access_tokens import operations
from access_tokens.child_tokens import usable_child_tokens
from access_tokens.models import AccessToken, Status
from access_tokens.operations import bulk
from access_tokens.token_preview import MAX_SHOWN
from workspaces.actors import Actor
from workspaces.admin.operations import OperationsAdmin
from workspaces.console.bulk_progress import BulkProgress, posted_number
from workspaces.errors import Conflict

LIST_AND_FORM = (ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM)


class StatusFilter(admin.SimpleListFilter):
    """Filter by every status that applies: a disabled, expired token is found under both."""

    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return Status.choices

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[AccessToken]:
        status = self.value()
        tokens: QuerySet[AccessToken] = queryset
        return queryset.filter_status(Status(status)) if status in Status.values else tokens


@admin.register(AccessToken)
class AccessTokenAdmin(OperationsAdmin):
    can_delete = True
    fields = (
        "label",
        "masked",
        "token_id",
        "workspace",
        "scope",
        "status",
        "created_at",
        "created_by",
        "parent",
        "child_tokens",
        "expires_at",
        "disabled_at",
        "last_used_at",
        "use_count",
    )
    list_display = (
        "label",
        "masked",
        "status",
        "scope",
        "workspace",
        "expires_at",
        "last_used_at",
        "created_at",
        "token_id",
    )
    list_filter = (StatusFilter, "scope", "workspace")
    list_select_related = ("workspace",)
    search_fields = ("label", "key_id", "creator_email")
    search_help_text = "Label, token ID, key ID or creator. If you enter a whole token, only its key ID is sent."
    ordering = ("-pk",)
    actions = ("disable", "enable", "delete_selected")
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccessToken]:
        """Leave out the secret fields, so that no page reads them."""
        return super().get_queryset(request).defer(*AccessToken.SECRET_FIELDS)

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet[AccessToken], bool]:
        return (queryset.search(search_term) if search_term.strip() else queryset), False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Prevent guessing a digest character by character with filters in the URL."""
        field = lookup.split("__", maxsplit=1)[0]
        return field not in AccessToken.SECRET_FIELDS and super().lookup_allowed(lookup, value, request)

    def event_filters(self, obj: AccessToken) -> dict[str, str]:
        return {"q": obj.token_id}

    @admin.display(description="token", ordering="key_id")
    def masked(self, obj: AccessToken) -> str:
        return obj.masked

    @admin.display(description="token ID")
    def token_id(self, obj: AccessToken) -> str:
        return obj.token_id

    @admin.display(description="status")
    def status(self, obj: AccessToken) -> str:
        return ", ".join(status.label for status in obj.statuses())

    @admin.display(description="usable child tokens")
    def child_tokens(self, obj: AccessToken) -> str:
        """Tokens that keep working when this one is disabled or deleted."""
        links = [
            (reverse("admin:access_tokens_accesstoken_change", args=[token.pk]), token.label, token.token_id)
            for token in usable_child_tokens(obj)
        ]
        return format_html_join(", ", '<a href="{}">{} ({})</a>', links) or "-"

    @admin.action(description="Disable", description_plural="Disable selected access tokens", location=LIST_AND_FORM)
    def disable(self, request: HttpRequest, queryset: QuerySet[AccessToken]) -> HttpResponse | None:
        return self._apply(operations.disable, request, queryset, title="Disabling access tokens", done="Disabled {}.")

    @admin.action(description="Enable", description_plural="Enable selected access tokens", location=LIST_AND_FORM)
    def enable(self, request: HttpRequest, queryset: QuerySet[AccessToken]) -> HttpResponse | None:
        return self._apply(operations.enable, request, queryset, title="Enabling access tokens", done="Enabled {}.")

    @admin.action(description="Delete selected access tokens", permissions=["delete"])
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[AccessToken]) -> HttpResponse | None:
        if "post" in request.POST:
            return self._apply(operations.delete, request, queryset, title="Deleting access tokens", done="Deleted {}.")
        context = {
            "title": "Delete access tokens?",
            "progress": BulkProgress(request, queryset.count(), 0),
            "tokens": _describe(queryset),
        }
        return self._render("delete_selected", request, context)

    def delete_model(self, request: HttpRequest, obj: AccessToken) -> None:
        operations.delete(obj, by=Actor.operator(request))

    def _apply(
        self,
        operation: Callable[..., Any],
        request: HttpRequest,
        tokens: QuerySet[AccessToken],
        *,
        title: str,
        done: str,
    ) -> HttpResponse | None:
        """Apply an operation to each token, in a transaction of its own. A page shows the progress if it takes long.

        title: of that page. done: the final message, with a placeholder for the number of tokens.
        """
        by = Actor.operator(request)
        reached, skipped = posted_number(request, "reached"), posted_number(request, "skipped")

        def apply(token: AccessToken) -> None:
            nonlocal reached, skipped
            reached = token.pk
            try:
                operation(token, by=by)
            except AccessToken.DoesNotExist:  # deleted in the meantime
                skipped += 1
            except Conflict as conflict:
                skipped += 1
                self.message_user(request, f"{token.label}: {conflict.message}", messages.ERROR)

        rest = tokens.filter(pk__gt=reached).order_by("pk")
        progress = BulkProgress.run(request, rest[: bulk.MAX_TOKENS_PER_STEP], apply, found=rest.count())
        if progress.left:
            context = {"title": title, "progress": progress, "reached": reached, "skipped": skipped}
            return self._render("progress", request, context)
        count = progress.total - skipped
        self.message_user(request, done.format(f"{count} access token{'' if count == 1 else 's'}"), messages.SUCCESS)
        return None

    def _render(self, template: str, request: HttpRequest, context: dict[str, Any]) -> TemplateResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/access_tokens/{template}.html", context)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Return what the confirmation page of a single token lists. Nothing else is deleted with it."""
        return _describe(objs), {"access tokens": len(objs)}, set(), []

    def log_deletions(self, request: HttpRequest, queryset: Any) -> list[Any]:
        """Log nothing: deletions are in the event log, and the admin's log would keep labels past their retention."""
        return []


def _describe(tokens: Any) -> list[str]:
    """Return a line for each of the first tokens."""
    lines = [
        f"{token.label} · {token.token_id} · {token.workspace} · {_last_used(token)}" for token in tokens[:MAX_SHOWN]
    ]
    hidden_count = (tokens.count() if isinstance(tokens, QuerySet) else len(tokens)) - MAX_SHOWN
    return [*lines, f"and {hidden_count} more"] if hidden_count > 0 else lines


def _last_used(token: AccessToken) -> str:
    return f"last used {token.last_used_at:%Y-%m-%d %H:%M} UTC" if token.last_used_at else "never used"
