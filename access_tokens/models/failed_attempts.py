from collections.abc import Iterable, Mapping
from itertools import batched

from django.db import connection, models

BATCH = 1000
"""Addresses in one statement."""


class FailedAttempts(models.Model):
    """Failed authentications from one address in one minute (since 1970), of all processes. Old ones go soon."""

    address = models.CharField(max_length=45)
    minute = models.PositiveIntegerField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["minute", "address"], name="failures_are_counted_once")]

    def __str__(self) -> str:
        return self.address

    @classmethod
    def add(cls, minute: int, counts: Mapping[str, int]) -> None:
        """Add to what is counted, whoever else does so at the same moment. The ORM has no such upsert (Django 6.1)."""
        for batch in batched(sorted(counts.items()), BATCH, strict=False):
            rows = ", ".join(["(%s, %s, %s)"] * len(batch))
            table = connection.ops.quote_name(cls._meta.db_table)
            with connection.cursor() as cursor:
                cursor.execute(
                    f"INSERT INTO {table} (address, minute, count) VALUES {rows} "  # noqa: S608 (names of our own)
                    f"ON CONFLICT (minute, address) DO UPDATE SET count = {table}.count + excluded.count",
                    [value for address, count in batch for value in (address, minute, count)],
                )

    @classmethod
    def counted(cls, minute: int, addresses: Iterable[str]) -> dict[str, int]:
        """What all processes wrote of these addresses."""
        found: dict[str, int] = {}
        for batch in batched(addresses, BATCH, strict=False):
            rows = cls.objects.filter(minute=minute, address__in=batch)
            found.update(rows.values_list("address", "count"))
        return found
