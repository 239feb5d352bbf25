"""Fixtures for tests with Chromium and a live server. A console error or CSP violation fails the test."""

import os
import threading
import traceback

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import got_request_exception
from django.db import connection
from playwright.sync_api import BrowserContext, ViewportSize, expect

from tests.browser.fixtures import found_workspace, issue, person, session_of
from tests.chromium import find_chromium
from workspaces.permissions import Role

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's sync API runs a loop in this thread

DESK: ViewportSize = {"width": 1360, "height": 880}
PHONE: ViewportSize = {"width": 390, "height": 844}
QUIET = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
QUIET += "--disable-component-update --disable-sync"
EXPECTED = "Failed to load resource: the server responded with a status of 4"
TELL_BREACHES = """document.addEventListener("securitypolicyviolation",
    (breach) => console.error(`CSP: ${breach.violatedDirective} ${breach.blockedURI} ${breach.sourceFile}`))"""

both_widths = pytest.mark.parametrize("viewport", [DESK, PHONE], indirect=True, ids=["desk", "phone"])
both_widths_in_full_run = both_widths if "LATCHKEY_TESTS_FULL" in os.environ else lambda test: test
without_javascript = pytest.mark.browser_context_args(java_script_enabled=False)
expect.set_options(timeout=10_000)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {**browser_type_launch_args, "executable_path": find_chromium(), "args": QUIET.split()}


@pytest.fixture
def viewport(request):
    return getattr(request, "param", DESK)


@pytest.fixture
def browser_context_args(browser_context_args, viewport, live_server):
    still = {"reduced_motion": "reduce"}  # nobody looks at what moves
    return {**browser_context_args, **still, "viewport": viewport, "base_url": live_server.url}


@pytest.fixture(autouse=True)
def fast_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch):
    """On SQLite in memory the server's threads share one connection, so that only one may be in a transaction."""
    if connection.vendor != "sqlite":
        return
    answer, turn = WSGIHandler.get_response, threading.Lock()

    def get_response(self, request):
        with turn:
            return answer(self, request)

    monkeypatch.setattr(WSGIHandler, "get_response", get_response)


@pytest.fixture
def problems():
    """Console errors and server errors. A test that expects one removes it."""
    complaints: list[str] = []

    def failed(**kwargs) -> None:
        complaints.append(traceback.format_exc())

    got_request_exception.connect(failed)
    yield complaints
    got_request_exception.disconnect(failed)
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def watched(problems):
    """Add the errors of a browser context to `problems`."""

    def watch(context: BrowserContext) -> BrowserContext:
        def heard(message) -> None:
            if message.type == "error" and not message.text.startswith(EXPECTED):
                problems.append(f"{message.page.url if message.page else ''}: {message.text}")

        context.on("console", heard)
        context.on("weberror", lambda error: problems.append(str(error.error)))
        context.add_init_script(TELL_BREACHES)
        return context

    return watch


@pytest.fixture
def context(context, watched):
    return watched(context)


@pytest.fixture
def northwind(transactional_db):
    return found_workspace("Northwind", "northwind")


@pytest.fixture
def make(northwind):
    """Issue a token of Northwind."""
    return lambda *args, **kwargs: issue(northwind, *args, **kwargs)


@pytest.fixture
def sign_in(context, live_server, northwind):
    """Sign in as a member of Northwind with this role, some minutes ago."""

    def sign_in(role: Role = Role.OWNER, *, minutes_ago: float = 0, user=None, into=context):
        cookies = session_of(user or person(northwind, role), minutes_ago=minutes_ago)
        into.clear_cookies()
        into.add_cookies([{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()])
        return cookies

    return sign_in


@pytest.fixture
def tokens_page(page, sign_in):
    """Open the tokens of Northwind as a member with this role."""

    def open_list(role: Role = Role.OWNER, query: str = "", **kwargs):
        sign_in(role, **kwargs)
        page.goto(f"/workspace/northwind/access-tokens{query}")
        return page

    return open_list
