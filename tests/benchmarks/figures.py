"""What measured calls come to: medians, percentiles, and ratios with their spread."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple, Self

from tests.benchmarks.worker import Slice

MICROSECOND = 1_000
"""In nanoseconds."""


@dataclass(frozen=True)
class Measured:
    """One contender in one part of a run.

    rounds: what each round came to, in the part's unit: the median of its calls in microseconds, or requests a second.
    means: microseconds a call of each round, with what is written afterwards; of in-process parts alone.
    queries: of a page; else 0.
    median, p99: over the calls of all rounds, in microseconds.
    """

    title: str
    rounds: tuple[float, ...]
    median: float
    p99: float
    calls: int
    answer_bytes: int = 0
    means: tuple[float, ...] = ()
    queries: int = 0

    @classmethod
    def of_slices(cls, title: str, slices: Sequence[Slice]) -> Self:
        every = sorted(time for made in slices for time in made.times)
        return cls(
            title=title,
            rounds=tuple(median(made.times) / MICROSECOND for made in slices),
            median=median(every) / MICROSECOND,
            p99=percentile(every, 99) / MICROSECOND,
            calls=len(every),
            answer_bytes=slices[-1].answer_bytes,
            means=tuple((sum(made.times) + made.afterwards) / len(made.times) / MICROSECOND for made in slices),
        )


def percentile(values: Sequence[int] | array[int], rank: int) -> float:
    """The smallest of sorted `values` that `rank` percent of them do not exceed (nearest rank)."""
    return values[max(0, -(-len(values) * rank // 100) - 1)]


class Ratio(NamedTuple):
    """The median of what the rounds say, and the least and greatest of it."""

    value: float
    low: float
    high: float


def ratio(over: Sequence[float], under: Sequence[float]) -> Ratio:
    """Round by round, since what disturbs one contender in a round disturbs its neighbours too."""
    return spread([above / below for above, below in zip(over, under, strict=True)])


def spread(values: Sequence[float]) -> Ratio:
    return Ratio(median(values), min(values), max(values))
