from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from django.db.models import F

from access_tokens.models import AccessToken, AccessTokenQuerySet

SHOWN = 50


@dataclass(frozen=True)
class TokenPreview:
    """Of tokens that a change is about: how many, and some to be shown."""

    count: int
    shown: list[AccessToken]

    @classmethod
    def of(cls, tokens: AccessTokenQuerySet) -> Self:
        """How many, and those that were used last."""
        by_last_use = tokens.order_by(F("last_used_at").desc(nulls_last=True), "-pk")
        shown = list(by_last_use.select_related("workspace", "creator")[:SHOWN])
        return cls(len(shown) if len(shown) < SHOWN else tokens.count(), shown)

    @classmethod
    def first(cls, tokens: Sequence[AccessToken]) -> Self:
        """Of tokens at hand: how many, and the first ones."""
        return cls(len(tokens), list(tokens[:SHOWN]))

    @property
    def others(self) -> int:
        """How many are not shown."""
        return self.count - len(self.shown)
