"""`python -m tests.benchmarks.browser`: what a person waits for, in a real Chromium on this machine, at size.

Latchkey is served as by `manage.py serve`, with SQLite, and measured from within the page: first contentful paint and
layout shift as the browser tells them; an interaction from the event to the frame after its swap. A search counts from
the request on: before it, the page waits for 250 ms, so that it does not ask for each letter.
"""

import os
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Page, ViewportSize, sync_playwright
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tests.benchmarks.contenders import Contender
from tests.benchmarks.databases import LATCHKEY, PAGE, SQLITE, Database, existing, fill_all
from tests.benchmarks.environment import environment_of
from tests.benchmarks.over_http import Entry, served
from tests.benchmarks.page_targets import LARGE
from tests.chromium import find_chromium

HOST = "127.0.0.1"
DESK: ViewportSize = {"width": 1360, "height": 880}
ARGUMENTS = ["--no-sandbox", "--disable-gpu"]
SEED = 6
WAITS = """
window.seen = {paint: 0, shift: 0};
new PerformanceObserver((list) => list.getEntries().forEach((one) => {
  if (one.name === "first-contentful-paint") window.seen.paint = one.startTime;
})).observe({type: "paint", buffered: true});
new PerformanceObserver((list) => list.getEntries().forEach((one) => {
  if (!one.hadRecentInput) window.seen.shift += one.value;
})).observe({type: "layout-shift", buffered: true});
window.waits = (from, act) => new Promise((done) => {
  let start = 0;
  const begin = () => { start = performance.now(); };
  const end = () => requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
  document.addEventListener(from, begin, {once: true, capture: true});
  document.addEventListener("htmx:after:swap", end, {once: true});
  act();
});
"""
"""In each page, before its own scripts."""
CLICK = "([from, what]) => waits(from, () => document.querySelector(what).click())"
SEARCH = """(words) => waits("htmx:before:request", () => {
  const field = document.querySelector("#q");
  field.value = words;
  field.dispatchEvent(new Event("input", {bubbles: true}));
})"""
ACTS: dict[str, tuple[str, Any]] = {
    "disable or enable": (CLICK, ["click", '[id^="toggle-"]']),
    "columns": (CLICK, ["change", "#switch-scope"]),
    "search for a label": (SEARCH, "CI runner"),
    "search for a creator": (SEARCH, "person77@"),
    "search for nothing": (SEARCH, "no such thing"),
}
"""What a person does, in this order: a script, and what it is given."""


def main(arguments: Sequence[str]) -> int:
    parser = ArgumentParser(prog="python -m tests.benchmarks.browser", description=__doc__)
    parser.add_argument("--tokens", type=int, default=100_000, help="in the large workspace (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=10, help="of each (default: %(default)s)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="latchkey-browser-") as name:
        show(measure(options.tokens, options.rounds, Path(name)), Console())
    return 0


def measure(tokens: int, rounds: int, scratch: Path) -> dict[str, list[float]]:
    """Milliseconds of each wait in each round; `layout shift` has no unit."""
    wanted = Database(SQLITE, PAGE, tokens, scratch / "pages")
    with existing([wanted], None) as [database], Progress(transient=True) as progress:
        environment = {**environment_of(LATCHKEY, database, scratch), "PUBLIC_URL": f"http://{HOST}"}
        fill_all([(database, environment)], SEED, progress)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            session = pool.submit(signed_in, environment).result()
        entry = Entry(Contender("pages", "Latchkey", LATCHKEY, calls=""), database, 1)
        with served("pages", entry, scratch, environment) as server, sync_playwright() as playwright:
            server.wait_until_ready()
            chromium = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
            browser = chromium.new_context(viewport=DESK, base_url=f"http://{HOST}:{server.port}")
            browser.add_cookies([{"name": "sessionid", "value": session, "domain": HOST, "path": "/"}])
            browser.add_init_script(WAITS)
            return _waited(browser.new_page(), rounds)


def signed_in(environment: dict[str, str]) -> str:
    """The key of a session of the large workspace's owner. Collects the static files too."""
    os.environ.clear()
    os.environ.update(environment)
    import django
    from django.core.management import call_command
    from django.test import Client

    django.setup()
    from accounts.models import User

    call_command("collectstatic", verbosity=0, interactive=False)
    client = Client()
    client.force_login(User.objects.get(email=f"owner@{LARGE}.example"))
    return str(client.session.session_key)


def _waited(page: Page, rounds: int) -> dict[str, list[float]]:
    """After a first round that does not count."""
    waits: dict[str, list[float]] = {}
    for number in range(1 + rounds):
        page.goto(f"/workspace/{LARGE}/access-tokens", wait_until="networkidle")
        found = page.evaluate("({'first paint': seen.paint, 'layout shift': seen.shift})")
        found |= {what: page.evaluate(*act) for what, act in ACTS.items()}
        for what, value in found.items():
            if number:
                waits.setdefault(what, []).append(value)
    return waits


def show(waits: dict[str, list[float]], console: Console) -> None:
    table = Table(title="In Chromium: milliseconds (layout shift: a score)", title_justify="left", box=SIMPLE_HEAD)
    for heading in ("", "median", "least", "greatest"):
        table.add_column(heading)
    for what, values in waits.items():
        table.add_row(what, *(f"{value:.3g}" for value in (median(values), min(values), max(values))))
    console.print(table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
