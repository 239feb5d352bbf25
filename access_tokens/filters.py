"""Search and filters of the token list, named as in the API."""

import django_filters

from access_tokens.models import AccessToken, ExpiryRange, Status
from access_tokens.models import AccessTokenQuerySet as Tokens
from workspaces.console.filters import ListFilter, datetime_filter
from workspaces.permissions import Role

STATUSES = [choice for choice in Status.choices if choice[0] != Status.WORKSPACE_DELETED]
"""A deleted workspace has no list."""


class AccessTokenFilter(ListFilter):
    placeholder = "Label, token ID or creator"
    segmented = "status"

    scope = django_filters.ChoiceFilter(
        label="scope",
        empty_label="Any scope",
        choices=[(role.api_name, role.label) for role in Role],
        method="with_scope",
    )
    expires = django_filters.ChoiceFilter(
        label="expiry", empty_label="Any expiry", choices=ExpiryRange.choices, method="filter_expiry"
    )
    status = django_filters.ChoiceFilter(label="status", empty_label="All", choices=STATUSES, method="filter_status")

    created_after = datetime_filter("created_at", "gt", "created after")
    expires_before = datetime_filter("expires_at", "lt", "expires before")
    last_used_before = datetime_filter("last_used_at", "lt", "last used before")

    class Meta:
        model = AccessToken
        fields: list[str] = []

    def search(self, tokens: Tokens, name: str, value: str) -> Tokens:
        return tokens.search(value)

    def filter_status(self, tokens: Tokens, name: str, value: str) -> Tokens:
        return tokens.filter_status(Status(value))

    def with_scope(self, tokens: Tokens, name: str, value: str) -> Tokens:
        return tokens.filter(scope=Role.from_api_name(value))

    def filter_expiry(self, tokens: Tokens, name: str, value: str) -> Tokens:
        return tokens.filter_expiry(ExpiryRange(value))

    def describe(self, name: str, value: str) -> str:
        return f"expiry: {super().describe(name, value)}" if name == "expires" else super().describe(name, value)
