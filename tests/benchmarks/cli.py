"""The command line of the benchmark: what to measure; then tables, and files if they are asked for."""

import os
import shutil
import sys
import tempfile
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from itertools import product
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from tests.benchmarks.contenders import IN_PROCESS, OVER_HTTP, REJECTIONS
from tests.benchmarks.databases import POSTGRESQL, SQLITE
from tests.benchmarks.endpoints import ENDPOINT_CONTENDERS
from tests.benchmarks.in_process import Failed, Pace
from tests.benchmarks.plan import Plan, carry_out
from tests.benchmarks.report import ROOT, about, as_json, show_part, show_verdicts
from tests.benchmarks.targets import ENDPOINTS, HTTP, PAGES, PART_NAMES, PROCESS, REFUSED, SIZES, Part, verdicts
from tests.packages import ensure_programs
from tests.postgres import CannotStart, postgres_cluster

DOCS = ROOT / "docs/benchmarks"
OWN_ENVIRONMENT = ROOT / ".venv-benchmark"
IS_SECOND_START = "LATCHKEY_BENCHMARK"
WITHOUT_MIDDLEWARE = "BENCHMARK_WITHOUT_MIDDLEWARE"
IN_MEMORY = "shared_buffers=1GB"
"""Room for all the rows of a run, as whoever sets up a server gives it: its default of 128 MB is for the smallest."""
SHORT = (
    (PROCESS, SQLITE),
    (ENDPOINTS, SQLITE),
    (ENDPOINTS, POSTGRESQL),
    (REFUSED, SQLITE),
    (HTTP, SQLITE),
    (PROCESS, POSTGRESQL),
)
SYSTEMS = {system.lower(): system for system in (SQLITE, POSTGRESQL)}
TOKENS, QUICK_TOKENS = 100_000, 10_000
WIDTH = 140
"""Of the tables, where there is no terminal to fit them into."""
BUSY = 0.7
"""Load of the machine from which on we say that the figures are to be taken with care."""
EPILOG = "Contenders:\n" + "\n".join(
    f"  {each.name:<10} {each.title}"
    for each in dict.fromkeys((*IN_PROCESS, *REJECTIONS, *OVER_HTTP, *ENDPOINT_CONTENDERS))
)


def main(arguments: Sequence[str]) -> int:
    """Returns the exit status: 0, also where a target is missed. A benchmark reports."""
    options = parser().parse_args(arguments)
    plan = plan_of(options)
    console = Console() if sys.stdout.isatty() else Console(width=WIDTH)
    if plan.needs_peers or (options.save and any(part != PAGES for part, _ in plan.parts)):
        start_again_with_peers(arguments)
    if any(part == HTTP for part, _ in plan.parts):
        ensure_programs("wrk")
    if options.bare_peers:
        os.environ[WITHOUT_MIDDLEWARE] = "1"
    try:
        run(plan, console, save=options.save)
    except (Failed, CannotStart) as problem:
        console.print(f"[red]{problem}[/red]", highlight=False)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def parser() -> ArgumentParser:
    made = ArgumentParser(
        prog="python -m tests.benchmarks",
        description="What does a token check cost, against a bare Django view, other packages and the look-up alone?",
        epilog=EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
    )
    made.add_argument("--full", action="store_true", help="all parts on both databases, and longer: for the docs")
    made.add_argument(
        "--part", action="append", choices=tuple(PART_NAMES), help="this part alone; may be given more than once"
    )
    made.add_argument(
        "--quick",
        action="store_true",
        help=f"ordinary endpoints only, with {QUICK_TOKENS:,} tokens: under a minute for one database",
    )
    made.add_argument("--pages", action="append_const", dest="part", const=PAGES, help="the same as --part pages")
    made.add_argument(
        "--database",
        action="append",
        type=lambda name: SYSTEMS.get(name.lower(), name),
        choices=tuple(SYSTEMS.values()),
        help="on this one alone (default: both)",
    )
    made.add_argument(
        "--contender", action="append", default=[], metavar="NAME", help="this one (and the ceiling) alone, see below"
    )
    made.add_argument("--tokens", type=positive, help=f"in each database (default: {TOKENS:,})")
    made.add_argument("--rounds", type=positive, help="how often each has its turn (default: 5, with --full 25)")
    made.add_argument("--seconds", type=float, help="a turn, in process (default: 0.15, with --full 0.4)")
    made.add_argument("--seed", type=int, default=6, help="of tokens and of their order (default: %(default)s)")
    made.add_argument("--bare-peers", action="store_true", help="take startproject's middleware from the peers")
    made.add_argument("--one-core", action="store_true", help="PostgreSQL on the core of the contenders, in process")
    made.add_argument("--save", action="store_true", help=f"write the files of {DOCS.relative_to(ROOT)}")
    return made


def positive(text: str) -> int:
    """Raises: ValueError, for anything but a whole number from 1 on."""
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def plan_of(options: Namespace) -> Plan:
    """Raises: SystemExit, for a contender that there is not."""
    known = {each.name for each in (*IN_PROCESS, *REJECTIONS, *OVER_HTTP, *ENDPOINT_CONTENDERS)}
    if strangers := set(options.contender) - known:
        raise SystemExit(
            f"There is no contender {', '.join(sorted(strangers))}. Choose from {', '.join(sorted(known))}."
        )
    systems = options.database or [SQLITE, POSTGRESQL]
    chosen = options.part or ([ENDPOINTS] if options.quick else [])
    parts = tuple(product(chosen or PART_NAMES, systems)) if options.full or chosen else SHORT
    http = Pace(6, 4, options.seed) if options.full else Pace(2, 1, options.seed)
    return Plan(
        parts=tuple((part, system) for part, system in parts if system in systems),
        tokens=options.tokens or (QUICK_TOKENS if options.quick else TOKENS),
        pace=Pace(
            options.rounds or (25 if options.full else 5),
            options.seconds or (0.4 if options.full else 0.15),
            options.seed,
        ),
        http=Pace(options.rounds or http.rounds, http.seconds, options.seed),
        sizes=SIZES,
        names=tuple(options.contender),
        on_one_core=options.one_core,
    )


def start_again_with_peers(arguments: Sequence[str]) -> None:
    """Run this again in an environment that has the group `benchmark` too, unless ours does.

    Raises: SystemExit, where there is no uv to make it.
    """
    if all(find_spec(module) for module in ("knox", "matplotlib")):
        return
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None or IS_SECOND_START in os.environ:
        raise SystemExit(
            "The peers are not installed. Run this by “uv run --group benchmark python -m tests.benchmarks”."
        )
    environment = {**os.environ, IS_SECOND_START: "1", "UV_PROJECT_ENVIRONMENT": str(OWN_ENVIRONMENT)}
    command = [uv, "run", "--quiet", "--group", "benchmark", "python", "-m", "tests.benchmarks", *arguments]
    sys.stdout.flush()
    os.chdir(ROOT)
    os.execve(uv, command, environment)


def run(plan: Plan, console: Console, *, save: bool) -> None:
    """Measure, show, and with `save` write the files of the docs."""
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="latchkey-benchmark-")))
        server = stack.enter_context(postgres_cluster(IN_MEMORY)) if plan.needs_postgresql else None
        facts = about(plan, server)
        introduce(facts, console)
        parts: list[Part] = []
        with Progress(console=console, transient=True) as progress:
            for part in carry_out(plan, scratch, progress, server):
                parts.append(part)
                show_part(part, console)
        facts["load_after"] = round(os.getloadavg()[0], 2)
        reached = verdicts(parts)
        show_verdicts(reached, console)
    if save:
        write(facts, parts, console)


def write(facts: dict[str, object], parts: list[Part], console: Console) -> None:
    """The files of the docs: pages have one of their own."""
    of_pages = [part for part in parts if part.name == PAGES]
    of_calls = [part for part in parts if part.name != PAGES]
    written = {"pages.json": of_pages, "results.json": of_calls}
    for name, some in written.items():
        if some:
            (DOCS / name).write_text(as_json(facts, some, verdicts(some)), encoding="utf-8")
            console.print(f"Written: {DOCS.relative_to(ROOT)}/{name}")
    if of_calls:
        from tests.benchmarks.picture import draw

        draw(of_calls, DOCS / "results.svg")


def introduce(facts: dict[str, object], console: Console) -> None:
    console.print(
        f"{facts['tokens']:,} tokens, seed {facts['seed']}, commit {facts['commit']}; {facts['cores']} cores, "
        f"{facts['processor']}; Python {facts['python']}, SQLite {facts['sqlite']}, PostgreSQL {facts['postgresql']}",
        highlight=False,
    )
    load = os.getloadavg()[0]
    if load > BUSY:
        console.print(
            f"[yellow]The machine is busy (load {load:.1f}): the ratios will spread.[/yellow]", highlight=False
        )
