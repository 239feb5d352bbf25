"""Search and filters of the console's list, named as in the API. What the URL says wrongly is left out: a view can
always be shown."""

from typing import Any

import django_filters

from access_tokens.models import AccessToken, Expiry, Status
from access_tokens.models import AccessTokenQuerySet as Tokens
from workspaces.permissions import Role


class AccessTokenFilter(django_filters.FilterSet):  # type: ignore[misc] # django-filter has no types
    q = django_filters.CharFilter(method="search")
    status = django_filters.ChoiceFilter(choices=Status.choices, method="in_state")
    scope = django_filters.ChoiceFilter(choices=[(role.wire_name, role.label) for role in Role], method="with_scope")
    expires = django_filters.ChoiceFilter(choices=Expiry.choices, method="expiring")
    created_after = django_filters.IsoDateTimeFilter("created_at", "gt")
    expires_before = django_filters.IsoDateTimeFilter("expires_at", "lt")
    last_used_before = django_filters.IsoDateTimeFilter("last_used_at", "lt")

    class Meta:
        model = AccessToken
        fields: list[str] = []

    def search(self, tokens: Tokens, name: str, value: str) -> Tokens:
        return tokens.matching(value)

    def in_state(self, tokens: Tokens, name: str, value: str) -> Tokens:
        return tokens.in_state(Status(value))

    def with_scope(self, tokens: Tokens, name: str, value: str) -> Tokens:
        return tokens.filter(scope=Role.from_wire(value))

    def expiring(self, tokens: Tokens, name: str, value: str) -> Tokens:
        return tokens.expiring(Expiry(value))

    @property
    def wanted(self) -> dict[str, Any]:
        """The filters that count: given, and understood."""
        self.form.is_valid()
        return {name: value for name, value in self.form.cleaned_data.items() if value}

    def filter_queryset(self, queryset: Tokens) -> Tokens:
        """As the parent's, but for filters that could not be understood, which are not in `wanted`."""
        for name, value in self.wanted.items():
            queryset = self.filters[name].filter(queryset, value)
        return queryset
