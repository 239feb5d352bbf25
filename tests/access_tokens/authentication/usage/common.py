"""Uses of a token, and what stands in the database of them."""

from datetime import UTC, datetime, timedelta

import time_machine

from access_tokens.models import AccessToken

NOON = datetime(2027, 3, 1, 12, 0, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def use(writer, token, at=NOON, times=1):
    with time_machine.travel(at, tick=False):
        for _ in range(times):
            writer.record(token.pk)


def written(token):
    return AccessToken.objects.values_list("use_count", "last_used_at").get(pk=token.pk)


def broken(error):
    def write(uses, minutes):
        raise error

    return write
