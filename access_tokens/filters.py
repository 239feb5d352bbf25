"""Search and filters of the token list."""

import django_filters
from django.db import models
from django.utils import timezone

from access_tokens.expiry import EXPIRING_SOON
from access_tokens.models import AccessToken, Status
from access_tokens.models import AccessTokenQuerySet as Tokens
from workspaces.filters import ListFilter
from workspaces.permissions import Role


class Expiry(models.TextChoices):
    SOON = "soon", f"Within {EXPIRING_SOON.days} days"
    LATER = "later", "Later than that"
    PAST = "past", "Past"
    NEVER = "never", "Not specified"


class AccessTokenFilter(ListFilter):
    placeholder = "Label, token ID or creator"
    segments = "status"

    scope = django_filters.ChoiceFilter(
        label="scope",
        empty_label="Any scope",
        choices=[(role.wire_name, role.label) for role in Role],
        method="with_scope",
    )
    expires = django_filters.ChoiceFilter(
        label="expiry", empty_label="Any expiry", choices=Expiry.choices, method="expiring"
    )
    status = django_filters.ChoiceFilter(label="status", empty_label="All", choices=Status.choices, method="in_state")

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
        now = timezone.now()
        match Expiry(value):
            case Expiry.SOON:
                return tokens.filter(expires_at__gt=now, expires_at__lte=now + EXPIRING_SOON)
            case Expiry.LATER:
                return tokens.filter(expires_at__gt=now + EXPIRING_SOON)
            case Expiry.PAST:
                return tokens.expired(now)
            case Expiry.NEVER:
                return tokens.filter(expires_at=None)

    def words(self, name: str, value: str) -> str:
        return f"expiry: {super().words(name, value)}" if name == "expires" else super().words(name, value)
