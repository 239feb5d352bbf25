import pytest
from django.core.cache import cache
from django.test import Client
from django_tasks_db.management.commands import db_worker
from hypothesis import settings as hypothesis_settings

from access_tokens.authentication import counting
from access_tokens.authentication.counting import MinuteCounter
from access_tokens.authentication.failed_attempts import failed_attempts
from access_tokens.authentication.usage import UsageWriter, usage
from tests.factories import IssuedToken, WorkspaceFactory
from tokens_site.management.commands.worker import batch_worker, run_ready_tasks

hypothesis_settings.register_profile("tests", deadline=None, max_examples=60)
hypothesis_settings.load_profile("tests")


class Api:
    """An HTTP client of the API. `token` is an `IssuedToken`, a string, or None for a request without a token."""

    def __init__(self) -> None:
        self.client = Client()

    def request(self, method, path, token=None, json=None, **kwargs):
        headers = dict(kwargs.pop("headers", {}))
        if token is not None:
            headers["Authorization"] = f"Bearer {token.plaintext if isinstance(token, IssuedToken) else token}"
        if method in {"post", "patch", "put"}:
            kwargs = {"data": b"" if json is None else json, "content_type": "application/json", **kwargs}
        return getattr(self.client, method)(path, headers=headers, **kwargs)

    def get(self, path, token=None, **kwargs):
        return self.request("get", path, token, **kwargs)

    def post(self, path, token=None, json=None, **kwargs):
        return self.request("post", path, token, json, **kwargs)

    def patch(self, path, token=None, json=None, **kwargs):
        return self.request("patch", path, token, json, **kwargs)

    def put(self, path, token=None, json=None, **kwargs):
        return self.request("put", path, token, json, **kwargs)

    def delete(self, path, token=None, **kwargs):
        return self.request("delete", path, token, **kwargs)


@pytest.fixture
def api():
    return Api()


@pytest.fixture
def acme(db):
    return WorkspaceFactory(name="Acme", slug="acme")


@pytest.fixture
def run_tasks(monkeypatch):
    """Run all background tasks that are ready, on the test's own database connection."""
    monkeypatch.setattr(db_worker, "close_old_connections", lambda: None)
    return lambda: run_ready_tasks(batch_worker())


@pytest.fixture(autouse=True, scope="session")
def no_background_writes():
    """Keep the usage writer's thread from writing to a database that a test is about to drop."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(UsageWriter, "start_thread", lambda self: None)
        yield


@pytest.fixture(autouse=True)
def no_counts_from_other_tests(monkeypatch):
    """Reset the usage counts and rate limits that processes keep in memory."""
    usage.reset()
    failed_attempts.reset()
    monkeypatch.setattr(counting, "token_counter", MinuteCounter())
    cache.clear()
