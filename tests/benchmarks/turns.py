"""A turn: a contender handles requests for a fraction of a second, and each one is timed."""

import gc
import sys
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Any

NANOSECONDS_PER_SECOND = 1_000_000_000


@dataclass(frozen=True)
class Turn:
    """What a turn measured, in nanoseconds.

    times: of each request.
    flush_time: of writing what the requests left to be written.
    response_bytes: the length of the shortest response.
    """

    times: array[int]
    flush_time: int
    response_bytes: int


def _do_nothing() -> None: ...


@dataclass(frozen=True)
class RequestLoop:
    """The functions of which a turn consists. Only `send` and `flush` are timed.

    prepare: builds the next request.
    send: sends it and returns the number of bytes of the response.
    flush: writes what the requests left to be written. Runs once, at the end of a turn.
    restore: brings the tables back to the state before the turn.
    """

    prepare: Callable[[], Any]
    send: Callable[[Any], int]
    flush: Callable[[], None] = _do_nothing
    restore: Callable[[], None] = _do_nothing

    def take_turn(self, seconds: float) -> Turn:
        """Collect garbage, then send one request after the other until `seconds` have passed."""
        gc.collect()
        times = array("Q")
        response_bytes = sys.maxsize
        end = perf_counter_ns() + int(seconds * NANOSECONDS_PER_SECOND)
        while True:
            request = self.prepare()
            before = perf_counter_ns()
            length = self.send(request)
            after = perf_counter_ns()
            response_bytes = min(response_bytes, length)
            times.append(after - before)
            if after >= end:
                break
        before = perf_counter_ns()
        self.flush()
        turn = Turn(times, perf_counter_ns() - before, response_bytes)
        self.restore()
        return turn
