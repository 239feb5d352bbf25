"""Measure waiting times in Chromium with many rows: `python -m tests.benchmarks.browser`.

`manage.py serve` runs with SQLite. The page itself measures first contentful paint, layout shift, and the time from an
interaction until the frame after its swap. A search is measured from its request on, because the page waits 250 ms
after the last key press before it sends one.
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
from tests.benchmarks.databases import LATCHKEY, PAGE, SQLITE, Database, fill_databases, temporary_databases
from tests.benchmarks.environment import build_environment
from tests.benchmarks.over_http import Entry, running_server
from tests.benchmarks.page_targets import LARGE
from tests.chromium import find_chromium

HOST = "127.0.0.1"
VIEWPORT: ViewportSize = {"width": 1360, "height": 880}
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-gpu"]
SEED = 6
INIT_SCRIPT = """
window.seen = {paint: 0, shift: 0};
new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
  if (entry.name === "first-contentful-paint") window.seen.paint = entry.startTime;
})).observe({type: "paint", buffered: true});
new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
  if (!entry.hadRecentInput) window.seen.shift += entry.value;
})).observe({type: "layout-shift", buffered: true});
window.measure = (startEvent, interact) => new Promise((resolve) => {
  let start = 0;
  const begin = () => { start = performance.now(); };
  const end = () => requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
  document.addEventListener(startEvent, begin, {once: true, capture: true});
  document.addEventListener("htmx:after:swap", end, {once: true});
  interact();
});
"""
"""Runs in each page before its own scripts."""
CLICK = "([startEvent, selector]) => measure(startEvent, () => document.querySelector(selector).click())"
SEARCH = """(text) => measure("htmx:before:request", () => {
  const field = document.querySelector("#q");
  field.value = text;
  field.dispatchEvent(new Event("input", {bubbles: true}));
})"""
INTERACTIONS: dict[str, tuple[str, Any]] = {
    "disable or enable": (CLICK, ["click", '[id^="toggle-"]']),
    "columns": (CLICK, ["change", "#switch-scope"]),
    "search for a label": (SEARCH, "CI runner"),
    "search for a creator": (SEARCH, "person77@"),
    "search for nothing": (SEARCH, "no such thing"),
}
"""Scripts with their arguments, in the order in which they run."""


def main(arguments: Sequence[str]) -> int:
    parser = ArgumentParser(prog="python -m tests.benchmarks.browser", description=__doc__)
    parser.add_argument("--tokens", type=int, default=100_000, help="in the large workspace (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=10, help="(default: %(default)s)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="latchkey-browser-") as name:
        print_times(measure(options.tokens, options.rounds, Path(name)), Console())
    return 0


def measure(tokens: int, rounds: int, scratch: Path) -> dict[str, list[float]]:
    """Return the times of all rounds in milliseconds, and the layout shift, which has no unit."""
    wanted = Database(SQLITE, PAGE, tokens, scratch / "pages")
    with temporary_databases([wanted], None) as [database], Progress(transient=True) as progress:
        environment = {**build_environment(LATCHKEY, database, scratch), "PUBLIC_URL": f"http://{HOST}"}
        fill_databases([(database, environment)], SEED, progress)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            session = pool.submit(_create_session, environment).result()
        entry = Entry(Contender("pages", "Latchkey", LATCHKEY, requests=""), database, 1)
        with running_server("pages", entry, scratch, environment) as server, sync_playwright() as playwright:
            server.wait_until_ready()
            chromium = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGUMENTS)
            browser = chromium.new_context(viewport=VIEWPORT, base_url=f"http://{HOST}:{server.port}")
            browser.add_cookies([{"name": "sessionid", "value": session, "domain": HOST, "path": "/"}])
            browser.add_init_script(INIT_SCRIPT)
            return _measure_page(browser.new_page(), rounds)


def _create_session(environment: dict[str, str]) -> str:
    """Collect the static files, and return the key of a session of the large workspace's owner."""
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


def _measure_page(page: Page, rounds: int) -> dict[str, list[float]]:
    """Measure after a warm-up round."""
    times: dict[str, list[float]] = {}
    for number in range(1 + rounds):
        page.goto(f"/workspace/{LARGE}/access-tokens", wait_until="networkidle")
        found = page.evaluate("({'first paint': seen.paint, 'layout shift': seen.shift})")
        found |= {name: page.evaluate(*interaction) for name, interaction in INTERACTIONS.items()}
        for name, value in found.items():
            if number:
                times.setdefault(name, []).append(value)
    return times


def print_times(times: dict[str, list[float]], console: Console) -> None:
    table = Table(title="In Chromium: milliseconds (layout shift: a score)", title_justify="left", box=SIMPLE_HEAD)
    for heading in ("", "median", "lowest", "highest"):
        table.add_column(heading)
    for name, values in times.items():
        table.add_row(name, *(f"{value:.3g}" for value in (median(values), min(values), max(values))))
    console.print(table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
