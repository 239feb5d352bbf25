"""The targets, and whether a run meets them. Each is a ratio within one run."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from tests.benchmarks.contenders import (
    AUTHORIZE,
    BARE_QUERY,
    BARE_VIEW,
    LATCHKEY_ME,
    MALFORMED,
    PEER_CONTENDERS,
    UNCOUNTED,
)
from tests.benchmarks.databases import POSTGRESQL, SQLITE
from tests.benchmarks.endpoint_targets import BARE_VIEW_BOUNDS, PEER_BOUNDS
from tests.benchmarks.measurements import Measurements, Ratio, compare, summarize
from tests.benchmarks.page_targets import PAGE_BOUNDS

PROCESS, ENDPOINTS, REJECTED = "in-process", "endpoints", "rejected"
HTTP, SIZE, PAGES = "http", "size", "pages"
PART_TITLES = {
    PROCESS: "Token check, in process",
    ENDPOINTS: "Ordinary endpoints, in process",
    REJECTED: "Rejected tokens, in process",
    HTTP: "Token check over HTTP, with granian",
    SIZE: "me with many tokens, in process",
    PAGES: "Console pages with many rows, in process",
}
WORKERS = (1, 2)
SIZES = (1_000, 100_000, 1_000_000)
SYSTEMS = (SQLITE, POSTGRESQL)


class Part(NamedTuple):
    """What one part of a run measured on one database system."""

    name: str
    system: str
    measured: Measurements


@dataclass(frozen=True)
class Target:
    """`compute` reduces a part's measurements to the ratio that is compared with `bound`.

    is_minimum: the ratio must be at least `bound`; otherwise at most.
    """

    title: str
    part: str
    system: str
    bound: float
    compute: Callable[[Measurements], Ratio]
    is_minimum: bool = False

    @property
    def sign(self) -> str:
        return "≥" if self.is_minimum else "≤"

    def is_met_by(self, ratio: Ratio) -> bool:
        return ratio.value >= self.bound if self.is_minimum else ratio.value <= self.bound


class Result(NamedTuple):
    """A target, and what a run reached."""

    target: Target
    ratio: Ratio
    is_met: bool


def check_targets(parts: Iterable[Part]) -> list[Result]:
    """Return the result of each target whose entries were all measured."""
    measured = {(part.name, part.system): part.measured for part in parts}
    results = []
    for target in TARGETS:
        try:
            ratio = target.compute(measured[target.part, target.system])
        except KeyError:
            continue
        results.append(Result(target, ratio, target.is_met_by(ratio)))
    return results


def http_name(contender: str, workers: int) -> str:
    """Return the name of an entry over HTTP."""
    return f"{contender} x{workers}"


def _compare(over: str, under: str) -> Callable[[Measurements], Ratio]:
    return lambda measured: compare(measured[over].rounds, measured[under].rounds)


def _fastest_peer_over_me(measured: Measurements) -> Ratio:
    fastest = min((measured[peer.name] for peer in PEER_CONTENDERS), key=lambda peer: peer.median)
    return compare(fastest.rounds, measured[LATCHKEY_ME.name].rounds)


def _me_without_bare_view_over_query(measured: Measurements) -> Ratio:
    """Compare what `me` costs more than a bare view with the query alone."""
    rounds = (measured[contender.name].rounds for contender in (LATCHKEY_ME, BARE_VIEW, BARE_QUERY))
    return summarize([(me - bare) / query for me, bare, query in zip(*rounds, strict=True)])


def _cost_of_counting(measured: Measurements) -> Ratio:
    """Return what usage counts add to a request, as a fraction. Writing them happens after the request."""
    counted, uncounted = measured[LATCHKEY_ME.name].rounds, measured[UNCOUNTED.name].rounds
    return summarize([with_counts / without - 1 for with_counts, without in zip(counted, uncounted, strict=True)])


def _gain_by_second_worker(name: str) -> Callable[[Measurements], Ratio]:
    """Compare the gain in requests per second with that of the bare view."""
    one, two = WORKERS

    def compute(measured: Measurements) -> Ratio:
        names = [http_name(each, workers) for each in (name, BARE_VIEW.name) for workers in (two, one)]
        rounds = zip(*(measured[each].rounds for each in names), strict=True)
        return summarize([(ours / alone) / (bare / bare_alone) for ours, alone, bare, bare_alone in rounds])

    return compute


TARGETS = (
    Target(
        f"{SQLITE} in process: authorize, against a bare view",
        PROCESS,
        SQLITE,
        1.4,
        _compare(AUTHORIZE.name, BARE_VIEW.name),
    ),
    Target(
        f"{POSTGRESQL} in process: me minus a bare view, against the query alone",
        PROCESS,
        POSTGRESQL,
        1.5,
        _me_without_bare_view_over_query,
    ),
    *(
        Target(
            f"{system} in process: fastest peer, against me",
            PROCESS,
            system,
            bound,
            _fastest_peer_over_me,
            is_minimum=True,
        )
        for system, bound in ((SQLITE, 4), (POSTGRESQL, 3.5))
    ),
    *(
        Target(f"{system} in process: added to me by usage counts", PROCESS, system, 0.05, _cost_of_counting)
        for system in SYSTEMS
    ),
    *(
        Target(f"{system}: {title}", ENDPOINTS, system, bound, compute)
        for system, bounds in ((SQLITE, PEER_BOUNDS | BARE_VIEW_BOUNDS), (POSTGRESQL, PEER_BOUNDS))
        for title, (bound, compute) in bounds.items()
    ),
    Target(
        f"{SQLITE}: malformed token, against a bare view",
        REJECTED,
        SQLITE,
        1,
        _compare(MALFORMED.name, BARE_VIEW.name),
    ),
    *(
        Target(
            f"{SQLITE} over HTTP, one worker: requests per second of {name}, against a bare view",
            HTTP,
            SQLITE,
            0.7,
            _compare(http_name(name, 1), http_name(BARE_VIEW.name, 1)),
            is_minimum=True,
        )
        for name in (AUTHORIZE.name, LATCHKEY_ME.name)
    ),
    *(
        Target(
            f"{SQLITE} over HTTP: gain of {name} by a second worker, against a bare view's gain",
            HTTP,
            SQLITE,
            0.9,
            _gain_by_second_worker(name),
            is_minimum=True,
        )
        for name in (AUTHORIZE.name, LATCHKEY_ME.name)
    ),
    *(
        Target(
            f"{system}: me with {SIZES[-1]:,} tokens, against {SIZES[0]:,}",
            SIZE,
            system,
            1.15,
            _compare(str(SIZES[-1]), str(SIZES[0])),
        )
        for system in SYSTEMS
    ),
    *(
        Target(f"{system}: {title}", PAGES, system, bound, compute)
        for system in SYSTEMS
        for title, (bound, compute) in PAGE_BOUNDS.items()
    ),
)
