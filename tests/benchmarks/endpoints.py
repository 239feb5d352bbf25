"""Ordinary API endpoints, each measured in Latchkey, in Django REST framework and in django-ninja."""

from dataclasses import dataclass

from tests.benchmarks.contenders import Contender
from tests.benchmarks.databases import ENDPOINT_PEERS, LATCHKEY

TOKENS = "/api/v1/workspaces/{workspace}/access-tokens"


@dataclass(frozen=True)
class Endpoint:
    """`requests` names the file of the tokens that call it; `path` can name `{workspace}` and `{token}`.

    max_bare_views: the target on SQLite, in times of a Django view that does nothing.
    """

    name: str
    title: str
    path: str
    requests: str = "accepted"
    creates_token: bool = False
    max_bare_views: float | None = None


ENDPOINTS = (
    Endpoint("get_token", "get one token", TOKENS + "/{token}", max_bare_views=6),
    Endpoint("list_tokens", "list 25 tokens", TOKENS, max_bare_views=20),
    Endpoint("create_token", "create a token", TOKENS, requests="owners", creates_token=True),
    Endpoint("list_workspaces", "list workspaces", "/api/v1/workspaces", max_bare_views=4),
)


def latchkey_contender(endpoint: Endpoint) -> Contender:
    return _contender(endpoint, endpoint.name, "Latchkey", LATCHKEY, LATCHKEY, endpoint.requests)


def peer_contenders(endpoint: Endpoint) -> tuple[Contender, ...]:
    """Return the same endpoint in both peers."""
    return tuple(
        _contender(
            endpoint,
            f"{peer}_{endpoint.name}",
            title,
            f"{peer}_endpoints",
            ENDPOINT_PEERS,
            f"{peer}_{endpoint.requests}",
        )
        for peer, title in (("drf", "DRF + api-key"), ("ninja", "django-ninja"))
    )


def _contender(endpoint: Endpoint, name: str, who: str, project: str, kind: str, requests: str) -> Contender:
    return Contender(
        name,
        f"{who}: {endpoint.title}",
        project,
        requests,
        endpoint.path,
        kind=kind,
        status=201 if endpoint.creates_token else 200,
        creates_token=endpoint.creates_token,
    )


ENDPOINT_CONTENDERS = tuple(
    contender for endpoint in ENDPOINTS for contender in (latchkey_contender(endpoint), *peer_contenders(endpoint))
)
