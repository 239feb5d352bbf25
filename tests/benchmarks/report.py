"""What a run says: tables for the terminal, and the same as JSON."""

import json
import os
import platform
import sqlite3
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from tests.benchmarks.contenders import CEILING
from tests.benchmarks.figures import Measured, Ratio, ratio
from tests.benchmarks.over_http import CONNECTIONS
from tests.benchmarks.page_targets import SMALLER
from tests.benchmarks.plan import Plan
from tests.benchmarks.targets import HTTP, PAGES, PART_NAMES, SIZE, Part, Verdict

HTTP_HEADINGS = ("requests/s", "median ms", "p99 ms")
PAGE_HEADINGS = ("median ms", "p99 ms", "queries", "bytes")
IN_PROCESS_HEADINGS = ("median µs", "p99 µs", "mean µs", "bytes")
ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {
    "django": "django",
    "django-ninja": "ninja",
    "django-oauth-toolkit": "oauth2_provider",
    "django-rest-knox": "knox",
    "djangorestframework": "rest_framework",
    "djangorestframework-api-key": "rest_framework_api_key",
    "granian": "granian",
    "psycopg": "psycopg",
}
"""Whose versions matter, and the modules by which we see that they are there."""


def show_part(part: Part, console: Console) -> None:
    """A table of who was measured; the best first. Pages as they were visited."""
    is_http = part.name == HTTP
    headings = {HTTP: HTTP_HEADINGS, PAGES: PAGE_HEADINGS}.get(part.name, IN_PROCESS_HEADINGS)
    table = _table(f"{PART_NAMES[part.name]}, {part.system}", *headings, "ratio", "spread", "calls")
    names = list(part.measured)
    if part.name != PAGES:
        names.sort(key=lambda name: median(part.measured[name].rounds), reverse=is_http)
    for name in names:
        mine, under = part.measured[name], part.measured[yardstick_of(name, part)]
        compared = ("", "") if mine is under else _words(ratio(mine.rounds, under.rounds))
        table.add_row(mine.title, *_figures(mine, part.name), *compared, f"{mine.calls:,}")
    console.print(table)


def yardstick_of(name: str, part: Part) -> str:
    """Whom an entry is compared with: the ceiling, with as many workers; the smallest, where sizes are compared.

    A page is compared with that of the small workspace.
    """
    if part.name == PAGES:
        return name + SMALLER if name + SMALLER in part.measured else name
    if part.name == SIZE:
        return next(iter(part.measured))
    return name.replace(name.partition(" ")[0], CEILING.name)


def _figures(mine: Measured, part: str) -> list[str]:
    if part == PAGES:
        return [f"{mine.median / 1000:.1f}", f"{mine.p99 / 1000:.1f}", str(mine.queries), str(mine.answer_bytes)]
    if part == HTTP:
        return [f"{median(mine.rounds):,.0f}", f"{mine.median / 1000:.2f}", f"{mine.p99 / 1000:.2f}"]
    times = (f"{value:,.1f}" for value in (mine.median, mine.p99, median(mine.means)))
    return [*times, str(mine.answer_bytes)]


def show_verdicts(reached: Sequence[Verdict], console: Console) -> None:
    table = _table(
        "To reach: medians of the rounds, and the least and the greatest of them", "bound", "reached", "spread", ""
    )
    for target, value, is_met in reached:
        mark = "[green]met[/green]" if is_met else "[red]not met[/red]"
        table.add_row(target.what, f"{target.sign} {target.bound:g}", *_words(value), mark)
    console.print(table)


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    table.add_column("")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _words(value: Ratio) -> tuple[str, str]:
    return f"{value.value:.2f}", f"{value.low:.2f} – {value.high:.2f}"


def about(plan: Plan, server: str | None) -> dict[str, Any]:
    """On what, and how it is measured. Names no path and no host."""
    return {
        "commit": _told_by("git", "rev-parse", "--short", "HEAD"),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "postgresql": _version_of(server) if server else None,
        "packages": {name: version(name) for name in PACKAGES if find_spec(PACKAGES[name])},
        "tokens": plan.tokens,
        "seed": plan.pace.seed,
        "in_process": {"rounds": plan.pace.rounds, "seconds": plan.pace.seconds},
        "http": {"rounds": plan.http.rounds, "seconds": plan.http.seconds, "connections": CONNECTIONS},
    }


def as_json(facts: Mapping[str, Any], parts: Sequence[Part], reached: Sequence[Verdict]) -> str:
    """All figures: microseconds, and requests a second in the rounds of what was measured over HTTP."""
    told = {
        "about": facts,
        "targets": [
            {
                "what": verdict.target.what,
                "bound": f"{verdict.target.sign} {verdict.target.bound:g}",
                **{name: round(value, 3) for name, value in verdict.reached._asdict().items()},
                "met": verdict.is_met,
            }
            for verdict in reached
        ],
        "parts": [
            {
                "part": part.name,
                "system": part.system,
                "measured": {name: _rounded(asdict(mine)) for name, mine in part.measured.items()},
            }
            for part in parts
        ],
    }
    return json.dumps(told, indent=1) + "\n"


def _rounded(figures: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: round(value, 1)
        if isinstance(value, float)
        else [round(each, 1) for each in value]
        if isinstance(value, tuple)
        else value
        for name, value in figures.items()
    }


def _told_by(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def _processor() -> str:
    """The processor's name, where Linux tells it."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _version_of(server: str) -> str:
    with psycopg.connect(server) as connection:
        number = connection.info.server_version
    return f"{number // 10_000}.{number % 10_000}"
