"""Helpers for tests of the usage writer."""

from datetime import UTC, datetime, timedelta

import time_machine

from access_tokens.models import AccessToken

NOON = datetime(2027, 3, 1, 12, 0, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def use(writer, token, at=NOON, times=1, **request):
    """Record requests with a token at a given time."""
    with time_machine.travel(at, tick=False):
        for _ in range(times):
            writer.record(token.pk, **request)


def stored(token):
    """Return the use count and the time of last use in the token's row."""
    return AccessToken.objects.values_list("use_count", "last_used_at").get(pk=token.pk)


def failing_write(error):
    def write(usage_by_token, minutes):
        raise error

    return write
