"""Access tokens for operators: to find, stop and delete. They are made and edited by members, never here."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.contrib.admin.actions import delete_selected
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html_join

from access_tokens import operations
from access_tokens.models import AccessToken, Status
from access_tokens.operations import bulk
from access_tokens.token_preview import MAX_SHOWN
from workspaces.actors import Actor
from workspaces.admin.operations import OperationsAdmin
from workspaces.console.bulk_progress import BulkProgress, posted_number
from workspaces.errors import Conflict

SECRET_FIELDS = ("digest", "pepper_id", "encrypted_copy", "encryption_key_id")
EVERYWHERE = (ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM)


class StateFilter(admin.SimpleListFilter):
    """By what holds, be it the first of several states or not: a disabled and expired token is found under both."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return Status.choices

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[AccessToken]:
        state = self.value()
        found: QuerySet[AccessToken] = queryset.filter_status(Status(state)) if state in Status.values else queryset
        return found


def _when(token: AccessToken) -> str:
    return f"{token.last_used_at:%Y-%m-%d %H:%M} UTC" if token.last_used_at else "never"


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
        "made",
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
    list_filter = (StateFilter, "scope", "workspace")
    list_select_related = ("workspace",)
    search_fields = ("label", "key_id", "creator_email")
    search_help_text = "Label, token id, key id or creator. Of a whole token, only the key id is sent."
    ordering = ("-pk",)
    actions = ("disable", "enable", "delete_selected")
    show_full_result_count = False
    delete_selected_confirmation_template = "admin/access_tokens/delete_selected.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccessToken]:
        """Without what is secret: the list does not even read it."""
        return super().get_queryset(request).defer(*SECRET_FIELDS)

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet[AccessToken], bool]:
        return (queryset.search(search_term) if search_term.strip() else queryset), False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """A filter typed into the address can't be used to guess at a digest, character by character."""
        return lookup.split("__", maxsplit=1)[0] not in SECRET_FIELDS and super().lookup_allowed(lookup, value, request)

    def events_of(self, obj: AccessToken) -> dict[str, str]:
        return {"q": obj.token_id}

    @admin.display(description="token", ordering="key_id")
    def masked(self, obj: AccessToken) -> str:
        return obj.masked

    @admin.display(description="token id")
    def token_id(self, obj: AccessToken) -> str:
        return obj.token_id

    @admin.display(description="status")
    def status(self, obj: AccessToken) -> str:
        return ", ".join(state.label for state in obj.statuses())

    @admin.display(description="created by")
    def created_by(self, obj: AccessToken) -> str:
        return obj.created_by

    @admin.display(description="tokens it made that still work")
    def made(self, obj: AccessToken) -> str:
        """What else to look at before this one is disabled or deleted: these go on working."""
        children = [
            (reverse("admin:access_tokens_accesstoken_change", args=[token.pk]), token.label, token.token_id)
            for token in operations.usable(operations.child_tokens(obj))
        ]
        return format_html_join(", ", '<a href="{}">{} ({})</a>', children) or "-"

    @admin.action(description="Disable", description_plural="Disable selected access tokens", location=EVERYWHERE)
    def disable(self, request: HttpRequest, queryset: QuerySet[AccessToken]) -> HttpResponse | None:
        words = "Disabled: {}. Refused from the next call on."
        return self._each(operations.disable, request, queryset, doing="Disabling access tokens", done=words)

    @admin.action(description="Enable", description_plural="Enable selected access tokens", location=EVERYWHERE)
    def enable(self, request: HttpRequest, queryset: QuerySet[AccessToken]) -> HttpResponse | None:
        return self._each(operations.enable, request, queryset, doing="Enabling access tokens", done="Enabled: {}.")

    @admin.action(description="Delete selected access tokens", permissions=["delete"])
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[AccessToken]) -> HttpResponse | None:
        if "post" in request.POST:
            return self._each(operations.delete, request, queryset, doing="Deleting access tokens", done="Deleted: {}.")
        asked = delete_selected(self, request, queryset)
        assert asked is not None
        assert asked.context_data is not None
        asked.context_data["progress"] = BulkProgress(request, queryset.count(), 0)
        return asked

    def delete_model(self, request: HttpRequest, obj: AccessToken) -> None:
        operations.delete(obj, by=Actor.operator(request))

    def _each(
        self,
        operation: Callable[..., Any],
        request: HttpRequest,
        tokens: QuerySet[AccessToken],
        *,
        doing: str,
        done: str,
    ) -> HttpResponse | None:
        """Do it to each token in a transaction of its own, with an event. If that takes long, a page tells how far.

        doing: the title of that page. done: what is said in the end, with a place for how many.
        """
        by, reached, skipped = (
            Actor.operator(request),
            posted_number(request, "reached"),
            posted_number(request, "skipped"),
        )

        def change(token: AccessToken) -> None:
            nonlocal reached, skipped
            reached = token.pk
            try:
                operation(token, by=by)
            except AccessToken.DoesNotExist:  # deleted meanwhile
                skipped += 1
            except Conflict as refusal:
                skipped += 1
                self.message_user(request, f"{token.label}: {refusal.message}", messages.ERROR)

        rest = tokens.filter(pk__gt=reached).order_by("pk")
        progress = BulkProgress.run(request, rest[: bulk.MAX_TOKENS_PER_STEP], change, found=rest.count())
        if progress.left:
            context = {"title": doing, "opts": self.opts, "progress": progress, "reached": reached, "skipped": skipped}
            context = {**self.admin_site.each_context(request), **context}
            return TemplateResponse(request, "admin/access_tokens/progress.html", context)
        count = progress.total - skipped
        self.message_user(request, done.format(f"{count} access token{'' if count == 1 else 's'}"), messages.SUCCESS)
        return None

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What the page that asks shows: which tokens, and when they were last used. Nothing else goes with them."""
        count = objs.count() if isinstance(objs, QuerySet) else len(objs)
        lines = [f"{one.label} · {one.token_id} · {one.workspace} · last used {_when(one)}" for one in objs[:MAX_SHOWN]]
        others = [f"and {count - MAX_SHOWN} more"] if count > MAX_SHOWN else []
        return [*lines, *others], {"access tokens": count}, set(), []

    def log_deletions(self, request: HttpRequest, queryset: Any) -> list[Any]:
        """None: the event tells of it. The admin's own log would keep the label beyond what redacts it."""
        return []
