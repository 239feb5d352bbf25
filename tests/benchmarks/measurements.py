"""Medians, percentiles and ratios of measured requests."""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple, Self

from tests.benchmarks.turns import Turn

NANOSECONDS_PER_MICROSECOND = 1_000


@dataclass(frozen=True)
class Measurement:
    """One contender in one part of a run.

    rounds: the result of each round: the median request in microseconds, or requests per second over HTTP.
    median, p99: over the requests of all rounds, in microseconds.
    requests: how many were measured.
    means: microseconds per request in each round, including what is written after the requests. In process only.
    queries: of a page, else 0.
    """

    title: str
    rounds: tuple[float, ...]
    median: float
    p99: float
    requests: int
    response_bytes: int = 0
    means: tuple[float, ...] = ()
    queries: int = 0

    @classmethod
    def from_turns(cls, title: str, turns: Sequence[Turn]) -> Self:
        every = sorted(time for turn in turns for time in turn.times)
        return cls(
            title=title,
            rounds=tuple(median(turn.times) / NANOSECONDS_PER_MICROSECOND for turn in turns),
            median=median(every) / NANOSECONDS_PER_MICROSECOND,
            p99=percentile(every, 99) / NANOSECONDS_PER_MICROSECOND,
            requests=len(every),
            response_bytes=turns[-1].response_bytes,
            means=tuple(
                (sum(turn.times) + turn.flush_time) / len(turn.times) / NANOSECONDS_PER_MICROSECOND for turn in turns
            ),
        )


type Measurements = Mapping[str, Measurement]
"""The measurements of one part, by the names of the entries."""


def percentile(values: Sequence[int] | array[int], rank: int) -> float:
    """Return the nearest-rank percentile of sorted `values`."""
    return values[max(0, -(-len(values) * rank // 100) - 1)]


class Ratio(NamedTuple):
    """The median ratio of all rounds, with the lowest and the highest."""

    value: float
    low: float
    high: float


def compare(over: Sequence[float], under: Sequence[float]) -> Ratio:
    """Divide round by round, because other load on the machine hits the contenders of one round alike."""
    return summarize([above / below for above, below in zip(over, under, strict=True)])


def summarize(values: Sequence[float]) -> Ratio:
    return Ratio(median(values), min(values), max(values))
