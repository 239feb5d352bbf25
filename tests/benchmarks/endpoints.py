"""Ordinary API endpoints, measured in Latchkey, in Django REST framework and in django-ninja."""

from dataclasses import dataclass

from tests.benchmarks.contenders import BARE_VIEW, LATCHKEY_ME, Contender
from tests.benchmarks.databases import ENDPOINT_PEERS, LATCHKEY

TOKENS = "/api/v1/workspaces/{workspace}/access-tokens"
PEERS = {"drf": "DRF + api-key", "ninja": "django-ninja"}


@dataclass(frozen=True)
class Endpoint:
    """An endpoint that Latchkey and both peers have, at the same path.

    requests: the name of the file with its sample requests; those of the peers have the peer's name in front.
    max_bare_views: the target on SQLite, as a multiple of the time of a bare Django view.
    """

    name: str
    title: str
    path: str
    requests: str = "accepted"
    creates_token: bool = False
    max_bare_views: float | None = None

    @property
    def latchkey(self) -> Contender:
        return self._contender(self.name, f"Latchkey: {self.title}", "latchkey", self.requests, LATCHKEY)

    @property
    def peers(self) -> tuple[Contender, ...]:
        return tuple(
            self._contender(
                f"{peer}_{self.name}",
                f"{title}: {self.title}",
                f"{peer}_endpoints",
                f"{peer}_{self.requests}",
                ENDPOINT_PEERS,
            )
            for peer, title in PEERS.items()
        )

    def _contender(self, name: str, title: str, project: str, requests: str, dataset: str) -> Contender:
        return Contender(
            name,
            title,
            project,
            requests,
            self.path,
            status=201 if self.creates_token else 200,
            dataset=dataset,
            creates_token=self.creates_token,
        )


ENDPOINTS = (
    Endpoint("get_token", "get one token", TOKENS + "/{token}", max_bare_views=6),
    Endpoint("list_tokens", "list 25 tokens", TOKENS, max_bare_views=20),
    Endpoint("create_token", "create a token", TOKENS, requests="owners", creates_token=True),
    Endpoint("list_workspaces", "list workspaces", "/api/v1/workspaces", max_bare_views=4),
)
ENDPOINT_CONTENDERS = (
    BARE_VIEW,
    LATCHKEY_ME,
    *(contender for endpoint in ENDPOINTS for contender in (endpoint.latchkey, *endpoint.peers)),
)
