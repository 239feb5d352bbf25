import pytest
from django.core.cache import cache
from django.test import Client
from django_tasks_db.management.commands import db_worker
from hypothesis import settings as hypothesis_settings

from access_tokens.authentication import rate_limits
from access_tokens.authentication.usage import UsageWriter, usage
from tests.factories import IssuedToken
from tokens_site.management.commands.worker import batch_worker, work

hypothesis_settings.register_profile("tests", deadline=None, max_examples=60)
hypothesis_settings.load_profile("tests")


class Api:
    """Calls the API by HTTP, as the holder of a token: one of `make_token`, a string, or None for nobody."""

    def __init__(self) -> None:
        self.client = Client()

    def call(self, method, path, token=None, json=None, **kwargs):
        headers = dict(kwargs.pop("headers", {}))
        if token is not None:
            headers["Authorization"] = f"Bearer {token.plaintext if isinstance(token, IssuedToken) else token}"
        if method in {"post", "patch", "put"}:
            kwargs = {"data": b"" if json is None else json, "content_type": "application/json", **kwargs}
        return getattr(self.client, method)(path, headers=headers, **kwargs)

    def get(self, path, token=None, **kwargs):
        return self.call("get", path, token, **kwargs)

    def post(self, path, token=None, json=None, **kwargs):
        return self.call("post", path, token, json, **kwargs)

    def patch(self, path, token=None, json=None, **kwargs):
        return self.call("patch", path, token, json, **kwargs)

    def put(self, path, token=None, json=None, **kwargs):
        return self.call("put", path, token, json, **kwargs)

    def delete(self, path, token=None, **kwargs):
        return self.call("delete", path, token, **kwargs)


@pytest.fixture
def api():
    return Api()


@pytest.fixture
def do_queued_work(monkeypatch):
    """Be the worker, until nothing is ready. It leaves the test's connection open."""
    monkeypatch.setattr(db_worker, "close_old_connections", lambda: None)
    return lambda: work(batch_worker())


@pytest.fixture(autouse=True, scope="session")
def no_thread_writes():
    """To a database that is about to go; nor what a call that outlives its test, of the live server, has counted."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(UsageWriter, "watch", lambda self: None)
        yield


@pytest.fixture(autouse=True)
def each_test_begins_alone(monkeypatch):
    """No counts and no rates of other tests."""
    usage.begin()
    monkeypatch.setattr(rate_limits, "tokens", rate_limits.MinuteCounter())
    monkeypatch.setattr(rate_limits, "failures", rate_limits.MinuteCounter())
    monkeypatch.setattr(rate_limits, "failure_limit", rate_limits.FailureLimit())
    cache.clear()
