"""Previews of the tokens that a change affects."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from django.db.models import F

from access_tokens.models import AccessToken, AccessTokenQuerySet

MAX_SHOWN = 50


@dataclass(frozen=True)
class TokenPreview:
    """The number of tokens, and the first of them."""

    count: int
    shown: list[AccessToken]

    @classmethod
    def from_queryset(cls, tokens: AccessTokenQuerySet) -> Self:
        """Preview `tokens`, the most recently used first."""
        by_last_use = tokens.order_by(F("last_used_at").desc(nulls_last=True), "-pk")
        shown = list(by_last_use.select_related("workspace", "creator")[:MAX_SHOWN])
        return cls(len(shown) if len(shown) < MAX_SHOWN else tokens.count(), shown)

    @classmethod
    def from_list(cls, tokens: Sequence[AccessToken]) -> Self:
        return cls(len(tokens), list(tokens[:MAX_SHOWN]))

    @property
    def hidden_count(self) -> int:
        return self.count - len(self.shown)
