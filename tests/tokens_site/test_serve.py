import io
import socket
from contextlib import contextmanager

import pytest
from django.core.cache.backends.db import DatabaseCache
from django.core.management import CommandError, call_command

from tokens_site import startup
from tokens_site.management.commands import serve

pytestmark = pytest.mark.same_on_each_database


@pytest.mark.parametrize(
    ("bind", "parts"),
    [
        ("127.0.0.1:8000", ("127.0.0.1", 8000)),
        ("[::1]:80", ("::1", 80)),
        ("latchkey.example:65535", ("latchkey.example", 65535)),
    ],
)
def test_bind_is_split_into_host_and_port(bind, parts):
    assert serve.parse_bind(bind) == parts


@pytest.mark.parametrize("bind", ["", "8000", ":8000", "127.0.0.1", "127.0.0.1:", "a:0", "a:65536", "a:b", "a:-1"])
def test_malformed_bind_is_one_clear_line(bind):
    with pytest.raises(CommandError, match="--bind must be HOST:PORT"):
        serve.parse_bind(bind)


def test_a_port_in_use_is_one_clear_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"Can't listen on 127.0.0.1:{port}: .*in use.*--bind"):
            serve.require_free_address("127.0.0.1", port)
    serve.require_free_address("127.0.0.1", port)


@pytest.fixture
def steps(monkeypatch, settings, tmp_path):
    """The steps of the command, in order, with a server that returns at once."""
    steps: list[str] = []
    settings.STATIC_ROOT = tmp_path / "static"

    class Server:
        def __init__(self, application, *, address, port, workers, **options):
            steps.append(f"{application} on {address} {port} by {workers}")

        def serve(self):
            steps.append("served")

    @contextmanager
    def supervised_worker():
        steps.append("worker")
        yield
        steps.append("worker ended")

    monkeypatch.setattr(serve, "GracefulServer", Server)
    monkeypatch.setattr(serve, "supervised_worker", supervised_worker)
    monkeypatch.setattr(serve, "require_free_address", lambda host, port: steps.append("free"))
    monkeypatch.setattr(startup, "call_command", lambda name, **options: steps.append(name))
    return steps


def test_serve_prepares_then_starts_worker_and_server(steps):
    call_command("serve", "--bind=127.0.0.1:9000", "--workers=3", stdout=io.StringIO())
    server = "tokens_site.wsgi:application on 127.0.0.1 9000 by 3"
    assert steps == ["free", "migrate", "collectstatic", "worker", server, "served", "worker ended"]


def test_startup_creates_the_table_of_a_database_cache(steps, monkeypatch):
    monkeypatch.setattr(startup, "caches", {"default": DatabaseCache("django_cache", {})})
    startup.prepare()
    assert steps == ["migrate", "createcachetable", "collectstatic"]


def test_an_unusable_static_root_is_one_clear_line(steps, settings, tmp_path):
    (tmp_path / "file").touch()
    settings.STATIC_ROOT = tmp_path / "file" / "static"
    with pytest.raises(CommandError, match=r"Can't collect static files in .*: Not a directory. Set STATIC_ROOT"):
        call_command("serve", "--bind=127.0.0.1:9000")
    assert steps == ["free"]


def test_a_missing_public_url_is_one_clear_line(steps, settings):
    settings.PUBLIC_URL = ""
    with pytest.raises(CommandError, match="Set PUBLIC_URL"):
        call_command("serve")
    assert steps == []


def test_help_explains_every_variable(capsys):
    with pytest.raises(SystemExit):
        call_command("serve", "--help")
    output = capsys.readouterr().out
    assert all(f"  {name}\n" in output for name in serve.VARIABLES)
