"""Shows the results of a run as tables for the terminal, and as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from statistics import median
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from tests.benchmarks.contenders import BARE_VIEW
from tests.benchmarks.measurements import Measurement, Ratio, compare
from tests.benchmarks.page_targets import SMALL_SUFFIX
from tests.benchmarks.targets import HTTP, PAGES, PART_TITLES, SIZE, Part, Result

HTTP_HEADINGS = ("requests/s", "median ms", "p99 ms")
PAGE_HEADINGS = ("median ms", "p99 ms", "queries", "bytes")
IN_PROCESS_HEADINGS = ("median µs", "p99 µs", "mean µs", "bytes")
MICROSECONDS_PER_MILLISECOND = 1000


def print_part(part: Part, console: Console) -> None:
    """Print the entries of a part, the fastest first. Pages stay in the order of their visits."""
    is_http = part.name == HTTP
    headings = {HTTP: HTTP_HEADINGS, PAGES: PAGE_HEADINGS}.get(part.name, IN_PROCESS_HEADINGS)
    table = _make_table(f"{PART_TITLES[part.name]}, {part.system}", *headings, "ratio", "range", "requests")
    names = list(part.measured)
    if part.name != PAGES:
        names.sort(key=lambda name: median(part.measured[name].rounds), reverse=is_http)
    for name in names:
        entry, baseline = part.measured[name], part.measured[baseline_of(name, part)]
        ratio = ("", "") if entry is baseline else _format_ratio(compare(entry.rounds, baseline.rounds))
        table.add_row(entry.title, *_format_measurement(entry, part.name), *ratio, f"{entry.requests:,}")
    console.print(table)


def baseline_of(name: str, part: Part) -> str:
    """Return the entry with which `name` is compared.

    That is the bare view (with as many workers), the smallest size, or the same page of the small workspace.
    """
    if part.name == PAGES:
        return name + SMALL_SUFFIX if name + SMALL_SUFFIX in part.measured else name
    if part.name == SIZE:
        return next(iter(part.measured))
    return name.replace(name.partition(" ")[0], BARE_VIEW.name)


def _format_measurement(entry: Measurement, part: str) -> list[str]:
    median_ms, p99_ms = (value / MICROSECONDS_PER_MILLISECOND for value in (entry.median, entry.p99))
    if part == PAGES:
        return [f"{median_ms:.1f}", f"{p99_ms:.1f}", str(entry.queries), str(entry.response_bytes)]
    if part == HTTP:
        return [f"{median(entry.rounds):,.0f}", f"{median_ms:.2f}", f"{p99_ms:.2f}"]
    times = (f"{value:,.1f}" for value in (entry.median, entry.p99, median(entry.means)))
    return [*times, str(entry.response_bytes)]


def print_results(results: Sequence[Result], console: Console) -> None:
    """Print the targets and what the run reached."""
    table = _make_table("Targets: median of the rounds, lowest and highest", "target", "reached", "range", "")
    for target, ratio, is_met in results:
        mark = "[green]met[/green]" if is_met else "[red]not met[/red]"
        table.add_row(target.title, f"{target.sign} {target.bound:g}", *_format_ratio(ratio), mark)
    console.print(table)


def _make_table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    table.add_column("")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _format_ratio(ratio: Ratio) -> tuple[str, str]:
    return f"{ratio.value:.2f}", f"{ratio.low:.2f} – {ratio.high:.2f}"


def to_json(run: Mapping[str, Any], parts: Sequence[Part], results: Sequence[Result]) -> str:
    """Return all measurements in microseconds; rounds over HTTP in requests per second."""
    report = {
        "run": run,
        "targets": [
            {
                "title": result.target.title,
                "target": f"{result.target.sign} {result.target.bound:g}",
                **{name: round(value, 3) for name, value in result.ratio._asdict().items()},
                "met": result.is_met,
            }
            for result in results
        ],
        "parts": [
            {
                "part": part.name,
                "system": part.system,
                "measured": {name: _round(asdict(entry)) for name, entry in part.measured.items()},
            }
            for part in parts
        ],
    }
    return json.dumps(report, indent=1) + "\n"


def _round(value: Any) -> Any:
    """Round all floats in a dictionary or tuple to one decimal."""
    if isinstance(value, dict):
        return {name: _round(each) for name, each in value.items()}
    if isinstance(value, tuple):
        return [_round(each) for each in value]
    return round(value, 1) if isinstance(value, float) else value
