"""A turn: a contender handles requests for a fraction of a second, and each one is timed."""

import gc
import sys
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter_ns, thread_time_ns
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

    def take_turn(self, seconds: float, *, cpu_time: bool = False) -> Turn:
        """Collect garbage, then send one request after the other until `seconds` have passed.

        cpu_time: measure the CPU time of this thread, which other processes do not influence. It does not contain the
        time that a request waits for the database.
        """
        clock = thread_time_ns if cpu_time else perf_counter_ns
        gc.collect()
        times = array("Q")
        response_bytes = sys.maxsize
        end = clock() + int(seconds * NANOSECONDS_PER_SECOND)
        while True:
            request = self.prepare()
            before = clock()
            length = self.send(request)
            after = clock()
            response_bytes = min(response_bytes, length)
            times.append(after - before)
            if after >= end:
                break
        before = clock()
        self.flush()
        turn = Turn(times, clock() - before, response_bytes)
        self.restore()
        return turn
