"""Counts of failed attempts to authenticate."""

from collections.abc import Iterable, Mapping
from itertools import batched

from django.db import connection, models

BATCH_SIZE = 1000
"""Addresses in one statement."""


class FailedAttempts(models.Model):
    """Failed attempts from one address in one minute (minutes since 1970), summed over all processes."""

    address = models.CharField(max_length=45)
    minute = models.PositiveIntegerField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["minute", "address"], name="one_failure_count_per_minute")]

    def __str__(self) -> str:
        return self.address

    @classmethod
    def increment(cls, minute: int, counts: Mapping[str, int]) -> None:
        """Add to the counts of addresses. Safe if other processes do the same."""
        table = connection.ops.quote_name(cls._meta.db_table)
        for batch in batched(sorted(counts.items()), BATCH_SIZE, strict=False):
            rows = ", ".join(["(%s, %s, %s)"] * len(batch))
            with connection.cursor() as cursor:
                cursor.execute(  # in SQL, because the ORM has no upsert that adds (Django 6.1)
                    f"INSERT INTO {table} (address, minute, count) VALUES {rows} "  # noqa: S608 (no user input)
                    f"ON CONFLICT (minute, address) DO UPDATE SET count = {table}.count + excluded.count",
                    [value for address, count in batch for value in (address, minute, count)],
                )

    @classmethod
    def find_counts(cls, minute: int, addresses: Iterable[str]) -> dict[str, int]:
        """Return the counts of addresses that have one."""
        counts: dict[str, int] = {}
        for batch in batched(addresses, BATCH_SIZE, strict=False):
            rows = cls.objects.filter(minute=minute, address__in=batch)
            counts.update(rows.values_list("address", "count"))
        return counts
