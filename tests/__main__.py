"""`uv run python -m tests`: linters, types and all tests, on SQLite and on PostgreSQL.

`--full` adds branch coverage, runs every test on both databases and shows browsers at every width. Other arguments go
to pytest. What failed is written to `test-results/` too.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

from tests.chromium import ensure_chromium
from tests.packages import ensure_programs
from tests.postgres import postgres_cluster

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "test-results"
LINTERS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy", "."),
    ("djlint", "templates", "--lint", "--quiet"),
    ("lint-imports",),
    ("python", "-m", "tests.language"),
)
COVERAGE = ("--cov", "--cov-report=term-missing:skip-covered", "--cov-fail-under=95")
ONCE = ("-m", "not same_on_each_database")
"""Leaves out the tests that ran on SQLite and can't differ on PostgreSQL."""
FULL = {"LATCHKEY_TESTS_FULL": "1", "COVERAGE_CORE": "ctrace"}
"""Environment of a full run. Python 3.13 can't count branches by `sys.monitoring`."""


class Linter:
    """A linter that runs in the background."""

    def __init__(self, *command: str) -> None:
        self.name = " ".join(command)
        self.process = subprocess.Popen(
            [find_tool(command[0]), *command[1:]], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    def has_passed(self) -> bool:
        """Wait for the linter and print its output. Return whether it found nothing."""
        output, _ = self.process.communicate()
        print(f"\n── {self.name}\n{output}", flush=True)
        if self.process.returncode != 0:
            write_log("linters.log", f"── {self.name}\n{output}", append=True)
        return self.process.returncode == 0


def find_tool(name: str) -> str:
    """Return the path of a development tool. Raises: SystemExit if it is not installed."""
    path = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if path is None:
        raise SystemExit(f"{name} is not installed. Run this command with “uv run python -m tests”.")
    return path


def write_log(name: str, text: str, *, append: bool = False) -> None:
    RESULTS.mkdir(exist_ok=True)
    with (RESULTS / name).open("a" if append else "w", encoding="utf-8") as file:
        file.write(text)


def run_pytest(database: str, url: str, *arguments: str, environment: Mapping[str, str]) -> bool:
    """Run pytest and keep its output in `test-results/`. Return whether all tests passed and none was skipped."""
    print(f"\n── pytest on {database}", flush=True)
    report = RESULTS / f"{database}.xml"
    command = [find_tool("pytest"), "-n", "auto", "--dist", "worksteal", "--durations=25", f"--junitxml={report}"]
    process = subprocess.Popen(
        [*command, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment, "DATABASE_URL": url},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        print(line, end="", flush=True)
        lines.append(line)
    write_log(f"{database}.log", "".join(lines))
    return process.wait() == 0 and not has_skipped_tests(report)


def has_skipped_tests(report: Path) -> bool:
    """Tell whether a JUnit report has skipped tests, and name them: a skipped test would hide a fault."""
    skipped = [
        case.get("name") for case in ElementTree.parse(report).iter("testcase") if case.find("skipped") is not None
    ]
    if skipped:
        print(f"These tests were skipped, which counts as a failure: {', '.join(map(str, skipped))}", flush=True)
    return bool(skipped)


def main(arguments: Sequence[str]) -> int:
    """Run the linters beside pytest on SQLite, then pytest on PostgreSQL. Return the exit code."""
    is_full = "--full" in arguments
    selection = [argument for argument in arguments if argument != "--full"]
    environment = FULL if is_full else {}
    shutil.rmtree(RESULTS, ignore_errors=True)
    RESULTS.mkdir()
    ensure_chromium()
    ensure_programs()
    linters = [Linter(*command) for command in LINTERS]
    coverage = [] if selection else [*COVERAGE, *(["--cov-branch"] if is_full else [])]
    once = [] if selection or is_full else ONCE
    passed = {
        "pytest on SQLite": run_pytest("SQLite", "sqlite://:memory:", *coverage, *selection, environment=environment)
    }
    with postgres_cluster() as url:
        passed["pytest on PostgreSQL"] = run_pytest("PostgreSQL", url, *once, *selection, environment=environment)
    passed |= {linter.name: linter.has_passed() for linter in linters}
    print()
    for name, is_passed in passed.items():
        print(f"{'passed' if is_passed else 'FAILED'}: {name}")
    if all(passed.values()):
        print("\nAll tests passed.", flush=True)
        return 0
    print(f"\nSome tests failed. The full log is in {RESULTS.relative_to(ROOT)}/.", flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
