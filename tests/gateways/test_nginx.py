"""The nginx configuration of the docs, in front of a service, with a real nginx."""

import os
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from django.utils import timezone

from access_tokens.models import AccessToken
from tests.factories import WorkspaceFactory, expired, make_token
from tests.packages import find_nginx
from workspaces.permissions import Role

CONFIGURATION = Path(__file__).resolve().parents[2] / "docs/gateways/nginx.conf"
PATIENCE = 20
AROUND = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/latchkey.conf;
}}
"""
AS_ROOT = "user root;" if os.geteuid() == 0 else ""
"""Else its workers could not write to our temporary folder."""


class Service(BaseHTTPRequestHandler):
    """Answers every call, and keeps the headers that came."""

    came: list[dict[str, str]] = []

    def do_GET(self):
        self.came.append({name.lower(): value for name, value in self.headers.items()})
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *args):
        pass


@pytest.fixture
def service():
    Service.came = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture
def gateway(tmp_path, service):
    """Starts nginx before the service, asking Latchkey at this address. Returns where it listens."""
    started = []

    def start(latchkey: str) -> str:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        text = CONFIGURATION.read_text()
        for before, now in (("8000", latchkey.rpartition(":")[2]), ("9000", str(service)), ("8080", str(port))):
            assert text.count(f"127.0.0.1:{before};") == 1
            text = text.replace(f"127.0.0.1:{before};", f"127.0.0.1:{now};")
        (tmp_path / "latchkey.conf").write_text(text)
        (tmp_path / "nginx.conf").write_text(AROUND.format(folder=tmp_path) + AS_ROOT)
        nginx = find_nginx()
        assert nginx, "nginx is not installed: run this by “uv run python -m tests”."
        command = [nginx, "-p", tmp_path, "-c", tmp_path / "nginx.conf"]
        started.append(subprocess.Popen(command, stderr=subprocess.PIPE, text=True))
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return f"http://127.0.0.1:{port}"
            except ConnectionRefusedError:
                assert started[0].poll() is None, started[0].communicate()[1]
                assert time.monotonic() < deadline, "nginx did not start."
                time.sleep(0.05)

    yield start
    for process in started:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def bearer(token, **more):
    return {"Authorization": f"Bearer {token.plaintext}", **more}


@pytest.mark.django_db(transaction=True)
def test_who_may_passes_and_nobody_else(live_server, gateway):
    url = gateway(live_server.url)
    northwind = WorkspaceFactory(slug="northwind")
    good, weak = make_token(northwind, Role.TEAM_MEMBER), make_token(northwind, Role.VIEWER)
    stranger = make_token(WorkspaceFactory(slug="globex"), Role.OWNER)
    over = make_token(northwind, Role.OWNER, **expired())

    forged = {"X-Latchkey-Workspace": "globex", "X-Latchkey-Scope": "owner", "X-Latchkey-Key-Id": "x"}
    assert requests.get(f"{url}/orders", headers=bearer(good, **forged), timeout=PATIENCE).status_code == 200
    assert requests.post(f"{url}/orders", data="x" * 9000, headers=bearer(good), timeout=PATIENCE).status_code == 200
    assert len(Service.came) == 2
    for headers in Service.came:
        assert headers["x-latchkey-workspace"] == "northwind"
        assert headers["x-latchkey-scope"] == "team_member"
        assert headers["x-latchkey-key-id"] == good.row.key_id
        assert "authorization" not in headers

    def refused(headers):
        return requests.get(f"{url}/orders", headers=headers, timeout=PATIENCE)

    challenge = refused({}).headers["WWW-Authenticate"]
    assert challenge.startswith("Bearer")
    assert "error" not in challenge
    assert refused({}).status_code == 401
    assert refused({"Authorization": "Bearer nonsense"}).status_code == 401
    assert 'error="invalid_token"' in refused(bearer(over)).headers["WWW-Authenticate"]
    assert refused(bearer(weak)).status_code == refused(bearer(stranger)).status_code == 403
    AccessToken.objects.filter(pk=good.row.pk).update(disabled_at=timezone.now())
    assert refused(bearer(good)).status_code == 401
    assert requests.get(f"{url}/latchkey-authorize", headers=bearer(good), timeout=PATIENCE).status_code == 404
    assert len(Service.came) == 2


def test_without_latchkey_it_is_closed(gateway):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        nobody = f"http://127.0.0.1:{probe.getsockname()[1]}"
    url = gateway(nobody)
    headers = {"Authorization": "Bearer lkey_whatever", "X-Latchkey-Scope": "owner"}
    assert requests.get(f"{url}/orders", headers=headers, timeout=PATIENCE).status_code == 500
    assert Service.came == []
