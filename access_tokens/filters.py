"""Search and filters of the token list. They have the names of the API's filters and use the same queryset methods."""

import django_filters

from access_tokens.models import AccessToken, AccessTokenQuerySet, ExpiryRange, Status
from workspaces.console.filters import ListFilter, datetime_filter
from workspaces.permissions import Role


class AccessTokenFilter(ListFilter):
    placeholder = "Label, token ID or creator"
    segmented = "status"

    scope = django_filters.ChoiceFilter(
        label="scope",
        empty_label="Any scope",
        choices=[(role.api_name, role.label) for role in Role],
        method=lambda tokens, name, value: tokens.filter(scope=Role.from_api_name(value)),
    )
    expires = django_filters.ChoiceFilter(
        label="expiry",
        empty_label="Any expiry",
        choices=ExpiryRange.choices,
        method=lambda tokens, name, value: tokens.filter_expiry(ExpiryRange(value)),
    )
    status = django_filters.ChoiceFilter(
        label="status",
        empty_label="All",
        choices=[(status.value, status.label) for status in Status if status != Status.WORKSPACE_DELETED],
        method=lambda tokens, name, value: tokens.filter_status(Status(value)),
    )
    created_after = datetime_filter("created_at", "gt", "created after")
    expires_before = datetime_filter("expires_at", "lt", "expires before")
    last_used_before = datetime_filter("last_used_at", "lt", "last used before")

    class Meta:
        model = AccessToken
        fields: list[str] = []

    def search(self, tokens: AccessTokenQuerySet, name: str, value: str) -> AccessTokenQuerySet:
        return tokens.search(value)

    def describe(self, name: str, value: str) -> str:
        return f"expiry: {super().describe(name, value)}" if name == "expires" else super().describe(name, value)
