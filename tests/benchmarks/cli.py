"""The command line: parses the options, runs the plan, prints tables and writes the files of the docs."""

import os
import shutil
import sys
import tempfile
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from itertools import chain, product
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from tests.benchmarks.databases import POSTGRESQL, SQLITE
from tests.benchmarks.in_process import ContenderFailed, Schedule
from tests.benchmarks.plan import CONTENDERS, Plan, run_plan
from tests.benchmarks.report import print_part, print_results, to_json
from tests.benchmarks.run_facts import ROOT, current_load, describe_run
from tests.benchmarks.targets import (
    ENDPOINTS,
    HTTP,
    PAGES,
    PART_TITLES,
    PROCESS,
    REJECTED,
    SIZES,
    SYSTEMS,
    Part,
    check_targets,
)
from tests.packages import ensure_programs
from tests.postgres import CannotStart, postgres_cluster

DOCS = ROOT / "docs/benchmarks"
OWN_ENVIRONMENT = ROOT / ".venv-benchmark"
IS_RESTART = "LATCHKEY_BENCHMARK"
WITHOUT_MIDDLEWARE = "BENCHMARK_WITHOUT_MIDDLEWARE"
SHARED_BUFFERS = "shared_buffers=1GB"
"""Enough for all rows of a run."""
DEFAULT_PARTS = (
    (PROCESS, SQLITE),
    (REJECTED, SQLITE),
    (ENDPOINTS, SQLITE),
    (HTTP, SQLITE),
    (PROCESS, POSTGRESQL),
    (ENDPOINTS, POSTGRESQL),
)
TOKENS, QUICK_TOKENS = 100_000, 10_000
WIDTH = 140
"""Characters per line, where the output is not a terminal."""
BUSY_LOAD = 0.7
ALL_CONTENDERS = tuple(dict.fromkeys(chain.from_iterable(CONTENDERS.values())))
EPILOG = "Contenders:\n" + "\n".join(f"  {each.name:<21} {each.title}" for each in ALL_CONTENDERS)


def main(arguments: Sequence[str]) -> int:
    """Return the exit status. It is 0 even if a target is missed."""
    options = build_parser().parse_args(arguments)
    plan = build_plan(options)
    console = Console() if sys.stdout.isatty() else Console(width=WIDTH)
    draws_chart = options.save and any(part != PAGES for part, _ in plan.parts)
    if plan.needs_peers or draws_chart:
        restart_with_peers(arguments)
    if any(part == HTTP for part, _ in plan.parts):
        ensure_programs("wrk")
    if options.bare_peers:
        os.environ[WITHOUT_MIDDLEWARE] = "1"
    try:
        run(plan, console, save=options.save)
    except (ContenderFailed, CannotStart) as problem:
        console.print(f"[red]{problem}[/red]", highlight=False)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def build_parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Measure Latchkey against a bare Django view, other packages and the query alone.",
        epilog=EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--full", action="store_true", help="measure all parts on both databases, and longer")
    add(
        "--quick",
        action="store_true",
        help=f"measure the ordinary endpoints with {QUICK_TOKENS:,} tokens; takes less than a minute per database",
    )
    add("--part", action="append", choices=tuple(PART_TITLES), help="measure only this part; repeatable")
    add("--pages", action="append_const", dest="part", const=PAGES, help="the same as --part pages")
    add(
        "--database",
        action="append",
        type=parse_system,
        choices=SYSTEMS,
        help="measure only on this database (default: both)",
    )
    add(
        "--contender",
        action="append",
        default=[],
        metavar="NAME",
        help="measure only this contender and the bare view; repeatable; the names are below",
    )
    add("--tokens", type=parse_positive, help=f"tokens in each database (default: {TOKENS:,})")
    add("--rounds", type=parse_positive, help="turns of each contender (default: 5, with --full 25)")
    add("--seconds", type=float, help="length of a turn in process (default: 0.15, with --full 0.4)")
    add("--seed", type=int, default=6, help="of the random tokens and their order (default: %(default)s)")
    add("--bare-peers", action="store_true", help="remove startproject's middleware from the other packages")
    add(
        "--cpu-time",
        action="store_true",
        help="in process, measure CPU time: steady on a busy machine, but without the time of PostgreSQL's server",
    )
    add("--one-core", action="store_true", help="in process, run PostgreSQL on the contenders' core")
    add("--save", action="store_true", help=f"write the files in {DOCS.relative_to(ROOT)}")
    return parser


def parse_positive(text: str) -> int:
    """Raises: ValueError, unless `text` is a whole number from 1 on."""
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def parse_system(text: str) -> str:
    """Return the name of a database system, in whatever case it is written."""
    return {system.lower(): system for system in SYSTEMS}.get(text.lower(), text)


def build_plan(options: Namespace) -> Plan:
    """Raises: SystemExit, if a contender does not exist."""
    names = {each.name for each in ALL_CONTENDERS}
    if unknown := set(options.contender) - names:
        raise SystemExit(f"Unknown contender: {', '.join(sorted(unknown))}. Choose from {', '.join(sorted(names))}.")
    systems = options.database or SYSTEMS
    chosen = options.part or ([ENDPOINTS] if options.quick else [])
    parts = tuple(product(chosen or PART_TITLES, systems)) if options.full or chosen else DEFAULT_PARTS
    http = Schedule(6, 4, options.seed) if options.full else Schedule(2, 1, options.seed)
    return Plan(
        parts=tuple((part, system) for part, system in parts if system in systems),
        tokens=options.tokens or (QUICK_TOKENS if options.quick else TOKENS),
        schedule=Schedule(
            options.rounds or (25 if options.full else 5),
            options.seconds or (0.4 if options.full else 0.15),
            options.seed,
            options.cpu_time,
        ),
        http=Schedule(options.rounds or http.rounds, http.seconds, options.seed),
        sizes=SIZES,
        names=tuple(options.contender),
        on_one_core=options.one_core,
    )


def restart_with_peers(arguments: Sequence[str]) -> None:
    """Run this command again in an environment with the dependency group `benchmark`, unless it is installed.

    Raises: SystemExit, if uv is missing.
    """
    if all(find_spec(module) for module in ("knox", "matplotlib")):
        return
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None or IS_RESTART in os.environ:
        raise SystemExit(
            "The other packages are not installed. Run: uv run --group benchmark python -m tests.benchmarks"
        )
    environment = {**os.environ, IS_RESTART: "1", "UV_PROJECT_ENVIRONMENT": str(OWN_ENVIRONMENT)}
    command = [uv, "run", "--quiet", "--group", "benchmark", "python", "-m", "tests.benchmarks", *arguments]
    sys.stdout.flush()
    os.chdir(ROOT)
    os.execve(uv, command, environment)


def run(plan: Plan, console: Console, *, save: bool) -> None:
    """Measure and print; with `save`, write the files of the docs too."""
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="latchkey-benchmark-")))
        server = stack.enter_context(postgres_cluster(SHARED_BUFFERS)) if plan.needs_postgresql else None
        facts = describe_run(plan, server)
        print_header(facts, console)
        parts: list[Part] = []
        with Progress(console=console, transient=True) as progress:
            for part in run_plan(plan, scratch, progress, server):
                parts.append(part)
                print_part(part, console)
        facts["load_after"] = current_load()
        print_results(check_targets(parts), console)
    if save:
        write_files(facts, parts, console)


def print_header(facts: dict[str, Any], console: Console) -> None:
    console.print(
        f"{facts['tokens']:,} tokens, seed {facts['seed']}, commit {facts['commit']}; {facts['cores']} cores, "
        f"{facts['processor']}; Python {facts['python']}, SQLite {facts['sqlite']}, PostgreSQL {facts['postgresql']}",
        highlight=False,
    )
    if facts["in_process"]["cpu_time"]:
        console.print("In process, times are CPU times of the contender's thread.")
    elif (load := facts["load_before"]) > BUSY_LOAD:
        console.print(
            f"[yellow]The machine is busy (load {load:.1f}): ratios will vary. Try --cpu-time.[/yellow]",
            highlight=False,
        )


def write_files(facts: dict[str, Any], parts: list[Part], console: Console) -> None:
    """Write results.json with its chart, and pages.json, if there is something to write in them."""
    pages = [part for part in parts if part.name == PAGES]
    others = [part for part in parts if part.name != PAGES]
    for name, written in {"pages.json": pages, "results.json": others}.items():
        if written:
            (DOCS / name).write_text(to_json(facts, written, check_targets(written)), encoding="utf-8")
            console.print(f"Written: {DOCS.relative_to(ROOT)}/{name}")
    if others:
        from tests.benchmarks.chart import draw_chart

        draw_chart(others, DOCS / "results.svg")
