"""Targets of the ordinary endpoints: against the faster peer, and against a bare Django view."""

from collections.abc import Callable

from tests.benchmarks.contenders import BARE_VIEW, LATCHKEY_ME
from tests.benchmarks.endpoints import ENDPOINTS, Endpoint
from tests.benchmarks.measurements import Measurements, Ratio, compare

MAX_FASTER_PEER = 0.6
"""Latchkey's time, as a multiple of the faster peer's, on both databases."""
MAX_ME_BARE_VIEWS = 0.6
"""The time of `me` on SQLite, as a multiple of a bare view's."""

type Bounds = dict[str, tuple[float, Callable[[Measurements], Ratio]]]


def _compare_with_faster_peer(endpoint: Endpoint) -> Callable[[Measurements], Ratio]:
    def compute(measured: Measurements) -> Ratio:
        peers = [measured[peer.name] for peer in endpoint.peers]
        return compare(measured[endpoint.name].rounds, min(peers, key=lambda peer: peer.median).rounds)

    return compute


def _compare_with_bare_view(name: str) -> Callable[[Measurements], Ratio]:
    return lambda measured: compare(measured[name].rounds, measured[BARE_VIEW.name].rounds)


PEER_BOUNDS: Bounds = {
    f"{endpoint.title}, against the faster peer": (MAX_FASTER_PEER, _compare_with_faster_peer(endpoint))
    for endpoint in ENDPOINTS
}
BARE_VIEW_BOUNDS: Bounds = {
    "me, against a bare view": (MAX_ME_BARE_VIEWS, _compare_with_bare_view(LATCHKEY_ME.name)),
    **{
        f"{endpoint.title}, against a bare view": (endpoint.max_bare_views, _compare_with_bare_view(endpoint.name))
        for endpoint in ENDPOINTS
        if endpoint.max_bare_views is not None
    },
}
