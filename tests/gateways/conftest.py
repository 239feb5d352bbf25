"""The documented gateways in front of a service that records its requests."""

import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.packages import found
from tests.processes import free_port, wait_until_it_listens

CONFIGURATIONS = Path(__file__).resolve().parents[2] / "docs/gateways"
PATIENCE = 20
NGINX = """
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
    include {configuration};
}}
"""
NGINX_AS_ROOT = "user root;" if os.geteuid() == 0 else ""
"""Without it, the workers couldn't write to the temporary folder."""
CADDY = """
{{
    admin off
}}
import {configuration}
"""


class Service(BaseHTTPRequestHandler):
    """A service that answers every request and records its headers."""

    came: list[dict[str, str]] = []
    status = 200

    def do_GET(self):
        self.came.append({name.lower(): value for name, value in self.headers.items()})
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self):
        if "Content-Length" in self.headers:
            self.rfile.read(int(self.headers["Content-Length"]))
        else:
            while int(self.rfile.readline(), 16):  # a chunk: its length, itself, an empty line
                self.rfile.readline()
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


def nginx(folder: Path, configuration: Path) -> list[str]:
    (folder / "around").write_text(NGINX.format(folder=folder, configuration=configuration) + NGINX_AS_ROOT)
    return [found("nginx"), "-p", str(folder), "-c", str(folder / "around")]


def caddy(folder: Path, configuration: Path) -> list[str]:
    (folder / "around").write_text(CADDY.format(configuration=configuration))
    return [found("caddy"), "run", "--config", str(folder / "around"), "--adapter", "caddyfile"]


GATEWAYS = {"nginx.conf": nginx, "Caddyfile": caddy}


@pytest.fixture(params=GATEWAYS)
def gateway(request, tmp_path, service):
    """Start a gateway in front of the service, with Latchkey at this URL. Return the gateway's URL."""
    started = []

    def start(latchkey: str) -> str:
        port, log = free_port(), tmp_path / "log"
        text = (CONFIGURATIONS / request.param).read_text()
        for before, now in (("8000", latchkey.rpartition(":")[2]), ("9000", str(service)), ("8080", str(port))):
            assert text.count(f"127.0.0.1:{before}") == 1
            text = text.replace(f"127.0.0.1:{before}", f"127.0.0.1:{now}")
        (tmp_path / request.param).write_text(text)
        command = GATEWAYS[request.param](tmp_path, tmp_path / request.param)
        at_home = {
            **os.environ,
            "HOME": str(tmp_path),
            "XDG_DATA_HOME": str(tmp_path),
            "XDG_CONFIG_HOME": str(tmp_path),
        }
        with log.open("wb") as output:
            started.append(subprocess.Popen(command, stdout=output, stderr=output, env=at_home))
        wait_until_it_listens(port, started[-1], log)
        return f"http://127.0.0.1:{port}"

    yield start
    for process in started:
        process.terminate()
        process.wait(PATIENCE)
