from dataclasses import dataclass
from typing import Self

from django.db.models import F

from access_tokens.models import AccessToken, AccessTokenQuerySet

SHOWN = 50


@dataclass(frozen=True)
class Excerpt:
    """Of tokens that a change is about: how many, and those that were used last."""

    count: int
    shown: list[AccessToken]

    @classmethod
    def of(cls, tokens: AccessTokenQuerySet) -> Self:
        by_last_use = tokens.order_by(F("last_used_at").desc(nulls_last=True), "-pk")
        shown = list(by_last_use.select_related("workspace", "creator")[:SHOWN])
        return cls(len(shown) if len(shown) < SHOWN else tokens.count(), shown)

    @property
    def others(self) -> int:
        """How many are not shown."""
        return self.count - len(self.shown)
