"""`manage.py demo`, started in its own process group as a shell does."""

import json
import os
import re
import shlex
import signal
import socket
import stat
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import expect

from tests.processes import free_port

pytestmark = pytest.mark.same_on_each_database

ROOT = Path(__file__).resolve().parents[2]
KEYS = {"url", "password", "users", "tokens"}
USERS = {"owner", "admin", "manager", "member", "viewer", "operator"}
SCOPES = ["viewer", "team_member", "workspace_manager", "administrator", "owner"]
LEFT_OUT = ("DATABASE_URL", "CACHE_URL", "SECRET_KEY", "TOKEN_PEPPERS", "TOKEN_ENCRYPTION_KEYS", "PUBLIC_URL")
START_SECONDS = 60
FIRST_VISIT, NEXT_VISIT = 120_000, 15_000


class Demo:
    """A running demo. `output` is everything it printed, once it has ended."""

    def __init__(self, folder: Path, *options: str, port: int | None = None) -> None:
        self.folder, self.port, self.output = folder, port or free_port(), ""
        command = [sys.executable, "manage.py", "demo", "--data", str(folder), "--bind", f"127.0.0.1:{self.port}"]
        environment = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
        del_settings = {key: value for key, value in environment.items() if key != "DJANGO_SETTINGS_MODULE"}
        self.process = subprocess.Popen(
            [*command, *options],
            cwd=ROOT,
            env=del_settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def wait(self) -> "Demo":
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                urlopen(f"http://127.0.0.1:{self.port}/accounts/login", timeout=5).close()
            except (URLError, ConnectionError):
                assert self.process.poll() is None, self.process.communicate(timeout=30)[0]
                assert time.monotonic() < deadline, "The demo did not start."
                time.sleep(0.1)
            else:
                return self

    @property
    def facts(self):
        return json.loads((self.folder / "demo.json").read_text())

    def interrupt(self) -> float:
        """Press Ctrl-C: send SIGINT to the whole group. Return the seconds until the demo ended."""
        began = time.monotonic()
        os.killpg(self.process.pid, signal.SIGINT)
        self.output, _ = self.process.communicate(timeout=30)
        return time.monotonic() - began

    def me(self, scope="viewer"):
        bearer = {"Authorization": f"Bearer {self.facts['tokens'][scope]}"}
        with urlopen(Request(f"{self.facts['url']}/api/v1/me", headers=bearer), timeout=20) as answer:
            return json.load(answer)


@pytest.fixture
def start(tmp_path):
    """Start a demo in the folder of this test. Stop it after the test."""
    started = []

    def start(*options, port=None):
        started.append(Demo(tmp_path / "data", *options, port=port))
        return started[-1]

    yield start
    for demo in started:
        with suppress(ProcessLookupError):  # all of the group, also where its first process ended without the others
            os.killpg(demo.process.pid, signal.SIGKILL)
        demo.process.communicate(timeout=30)


def test_demo_starts_serves_and_keeps_its_data(start):
    first = start().wait()
    facts = first.facts
    file = first.folder / "demo.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert set(facts) == KEYS
    assert set(facts["users"]) == USERS
    assert facts["users"]["owner"] == "owner@northwind.example"
    assert list(facts["tokens"]) == SCOPES
    assert facts["url"] == f"http://127.0.0.1:{first.port}"
    for scope in SCOPES:
        answer = first.me(scope)
        assert answer["token"]["scope"] == scope
        assert answer["token"]["expires_at"] is None
        assert answer["workspace"]["slug"] == "northwind"
    used = first.me()["token"]["last_used_at"]

    assert first.interrupt() < 2
    assert "Traceback" not in first.output
    assert "\x1b" not in first.output
    lines = first.output.splitlines()
    for scope in SCOPES:
        assert f"{scope} {facts['tokens'][scope]}" in lines
    assert facts["password"] in first.output
    for email in facts["users"].values():
        assert email in first.output
    curl = shlex.split(next(line for line in lines if line.startswith("curl ")))

    second = start(port=first.port).wait()
    assert second.facts == facts
    answer = subprocess.run([*curl, "--silent", "--fail"], capture_output=True, text=True, check=True).stdout
    last_used = json.loads(answer)["token"]["last_used_at"]
    assert last_used is not None, "The last use was not written when the first demo ended."
    assert used is None or last_used >= used
    assert second.interrupt() < 2


def test_port_in_use_is_reported_in_one_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        demo = Demo(tmp_path / "data", port=taken.getsockname()[1])
        output, _ = demo.process.communicate(timeout=START_SECONDS)
    assert demo.process.returncode != 0
    assert len(output.strip().splitlines()) == 1
    assert f"127.0.0.1:{demo.port}" in output
    assert "--bind" in output
    assert not (tmp_path / "data").exists()


def test_demo_creates_more_tokens_and_can_be_reset(start):
    demo = start("--tokens", "500").wait()
    before = demo.facts
    request = Request(
        f"{before['url']}/api/v1/workspaces/northwind/access-tokens?limit=100",
        headers={"Authorization": f"Bearer {before['tokens']['viewer']}"},
    )
    with urlopen(request, timeout=20) as answer:
        page = json.load(answer)
    assert page["next"] is not None
    assert demo.interrupt() < 2
    assert "Traceback" not in demo.output

    again = start("--reset").wait()
    assert again.facts["tokens"] != before["tokens"]
    assert again.facts["password"] != before["password"]
    again.me()
    assert again.interrupt() < 2


def test_visit_transfers_little_and_violates_no_policy(start, browser, watched):
    """The demo with static files as in production: compressed, with hashed names."""
    demo = start("--tokens", "100").wait()
    facts = demo.facts
    context = watched(browser.new_context(base_url=facts["url"]))
    page = context.new_page()
    page.goto("/accounts/login?next=/workspace/northwind/access-tokens")
    page.get_by_label("Email").fill(facts["users"]["owner"])
    page.get_by_label("Password").fill(facts["password"])
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(25)
    state = context.storage_state()

    fresh = watched(browser.new_context(base_url=facts["url"], storage_state=state)).new_page()
    first = transferred(fresh, lambda: fresh.goto("/workspace/northwind/access-tokens"))
    expect(fresh.locator("tbody tr")).to_have_count(25)
    assert first <= FIRST_VISIT
    again = transferred(fresh, lambda: fresh.goto("/workspace/northwind/access-tokens?page=2"))
    expect(fresh.locator("tbody tr")).to_have_count(25)
    assert again <= NEXT_VISIT
    page.get_by_role("button", name=re.compile("^Disable")).first.click()
    expect(page.locator("#toasts .toast")).to_be_visible()
    page.goto("/workspace/northwind/settings")
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()
    demo.interrupt()


def transferred(page, visit) -> int:
    """Return the bytes received, with headers, until the network is idle and the fonts are loaded."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    total = [0]
    session.on("Network.loadingFinished", lambda event: total.__setitem__(0, total[0] + event["encodedDataLength"]))
    visit()
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready.then(() => true)")
    session.detach()
    return round(total[0])
