"""What is to be reached (issue 6/4, item 2), and whether a run did. All are ratios within that run."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from tests.benchmarks import endpoints
from tests.benchmarks.contenders import AUTHORIZE, CEILING, FLOOR, LATCHKEY_ME, MALFORMED, PEER_CONTENDERS, UNCOUNTED
from tests.benchmarks.databases import POSTGRESQL, SQLITE
from tests.benchmarks.endpoints import Endpoint, peer_contenders
from tests.benchmarks.figures import Measured, Ratio, ratio, spread
from tests.benchmarks.page_targets import BOUNDS

PROCESS, ENDPOINTS, REFUSED, HTTP, SIZE, PAGES = "in-process", "endpoints", "refused", "http", "size", "pages"
PART_NAMES = {
    PROCESS: "In process, a call",
    ENDPOINTS: "In process, ordinary endpoints",
    REFUSED: "In process, tokens that are refused",
    HTTP: "Over HTTP, granian",
    SIZE: "In process, me at size",
    PAGES: "Pages at size, in process",
}
WORKERS = (1, 2)
SIZES = (1_000, 100_000, 1_000_000)

type Found = Mapping[str, Measured]


class Part(NamedTuple):
    """What one part of a run measured on one database system, by the names of the entries."""

    name: str
    system: str
    measured: Found


@dataclass(frozen=True)
class Target:
    """`of` says what the measured entries come to, against `bound`: at most, or at least where `at_least`."""

    what: str
    part: str
    system: str
    bound: float
    of: Callable[[Found], Ratio]
    at_least: bool = False

    @property
    def sign(self) -> str:
        return "≥" if self.at_least else "≤"

    def is_met_by(self, reached: Ratio) -> bool:
        return reached.value >= self.bound if self.at_least else reached.value <= self.bound


class Verdict(NamedTuple):
    target: Target
    reached: Ratio
    is_met: bool


def verdicts(parts: Iterable[Part]) -> list[Verdict]:
    """For each target whose entries were measured in this run."""
    found = {(part.name, part.system): part.measured for part in parts}
    made = []
    for target in TARGETS:
        try:
            reached = target.of(found[target.part, target.system])
        except KeyError:
            continue
        made.append(Verdict(target, reached, target.is_met_by(reached)))
    return made


def served(name: str, workers: int) -> str:
    """The name of an entry over HTTP."""
    return f"{name} x{workers}"


def _against(over: str, under: str) -> Callable[[Found], Ratio]:
    return lambda found: ratio(found[over].rounds, found[under].rounds)


def _fastest_peer_against_me(found: Found) -> Ratio:
    fastest = min((found[peer.name] for peer in PEER_CONTENDERS), key=lambda peer: peer.median)
    return ratio(fastest.rounds, found[LATCHKEY_ME.name].rounds)


def _against_faster_peer(endpoint: Endpoint) -> Callable[[Found], Ratio]:
    """Compare Latchkey's endpoint with the peer whose median is lower."""

    def compared(found: Found) -> Ratio:
        faster = min((found[peer.name] for peer in peer_contenders(endpoint)), key=lambda peer: peer.median)
        return ratio(found[endpoint.name].rounds, faster.rounds)

    return compared


def _me_above_the_ceiling_against_the_floor(found: Found) -> Ratio:
    rounds = (found[name].rounds for name in (LATCHKEY_ME.name, CEILING.name, FLOOR.name))
    return spread([(me - ceiling) / floor for me, ceiling, floor in zip(*rounds, strict=True)])


def _counting(found: Found) -> Ratio:
    """What counting its use adds to a call, as a part of it. What is written afterwards is not on the call's path."""
    counted, uncounted = found[LATCHKEY_ME.name].rounds, found[UNCOUNTED.name].rounds
    return spread([(with_it - without) / without for with_it, without in zip(counted, uncounted, strict=True)])


def _gain(name: str) -> Callable[[Found], Ratio]:
    """How much more two workers answer than one, against the same of the bare view."""
    one, two = WORKERS

    def gain(found: Found) -> Ratio:
        names = (served(name, two), served(name, one), served(CEILING.name, two), served(CEILING.name, one))
        rounds = zip(*(found[each].rounds for each in names), strict=True)
        return spread([(ours / alone) / (theirs / theirs_alone) for ours, alone, theirs, theirs_alone in rounds])

    return gain


def _of_bare_view(name: str) -> Callable[[Found], Ratio]:
    return _against(served(name, 1), served(CEILING.name, 1))


ME, CALL = LATCHKEY_ME.name, AUTHORIZE.name
TARGETS = (
    Target("SQLite in process: authorize, against the ceiling", PROCESS, SQLITE, 1.4, _against(CALL, CEILING.name)),
    *(
        Target(
            f"{system}: {endpoint.title}, against the faster peer",
            ENDPOINTS,
            system,
            0.6,
            _against_faster_peer(endpoint),
        )
        for system in (SQLITE, POSTGRESQL)
        for endpoint in endpoints.ENDPOINTS
    ),
    *(
        Target(f"SQLite: {title}, against a bare view", ENDPOINTS, SQLITE, bound, _against(name, CEILING.name))
        for name, title, bound in (
            *((each.name, each.title, each.max_bare_views) for each in endpoints.ENDPOINTS if each.max_bare_views),
            (ME, "/me", 0.6),
        )
    ),
    Target(
        "SQLite in process: me, times faster than the fastest peer",
        PROCESS,
        SQLITE,
        4,
        _fastest_peer_against_me,
        at_least=True,
    ),
    Target(
        "PostgreSQL in process: what me costs above the ceiling, against the floor",
        PROCESS,
        POSTGRESQL,
        1.5,
        _me_above_the_ceiling_against_the_floor,
    ),
    Target(
        "PostgreSQL in process: me, times faster than the fastest peer",
        PROCESS,
        POSTGRESQL,
        3.5,
        _fastest_peer_against_me,
        at_least=True,
    ),
    *(
        Target(
            f"SQLite over HTTP, one worker: requests a second of {name}, against the bare view",
            HTTP,
            SQLITE,
            0.7,
            _of_bare_view(name),
            at_least=True,
        )
        for name in (CALL, ME)
    ),
    Target("Malformed token, against the ceiling", REFUSED, SQLITE, 1, _against(MALFORMED.name, CEILING.name)),
    *(
        Target(
            f"{system}: cost of me, 1,000,000 tokens against 1,000",
            SIZE,
            system,
            1.15,
            _against(str(SIZES[-1]), str(SIZES[0])),
        )
        for system in (SQLITE, POSTGRESQL)
    ),
    *(
        Target(
            f"SQLite over HTTP: gain of {name} by a second worker, against the bare view's own",
            HTTP,
            SQLITE,
            0.9,
            _gain(name),
            at_least=True,
        )
        for name in (CALL, ME)
    ),
    *(
        Target(
            f"{system} in process: what counting its use adds to a call of me, a part of it",
            PROCESS,
            system,
            0.05,
            _counting,
        )
        for system in (SQLITE, POSTGRESQL)
    ),
    *(
        Target(f"{system}: {what}", PAGES, system, bound, of)
        for system in (SQLITE, POSTGRESQL)
        for what, (bound, of) in BOUNDS.items()
    ),
)
