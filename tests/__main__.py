"""`uv run python -m tests`: everything that must hold, on SQLite and on PostgreSQL. Arguments are handed to pytest."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.chromium import ensure_chromium
from tests.packages import ensure_programs
from tests.postgres import postgres_cluster

ROOT = Path(__file__).resolve().parent.parent
LINTERS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy", "."),
    ("djlint", "templates", "--lint", "--quiet"),
    ("lint-imports",),
)
COVERAGE = ("--cov", "--cov-report=term-missing:skip-covered", "--cov-fail-under=95")
ELSEWHERE = ("-m", "not same_on_each_database")


class Running:
    """One of our tools, started beside the tests."""

    def __init__(self, *command: str) -> None:
        self.title = " ".join(command)
        self.process = subprocess.Popen(
            [where_is(command[0]), *command[1:]], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    def is_fine(self) -> bool:
        """Wait for its end, and show what it said. Returns whether it found nothing wrong."""
        said, _ = self.process.communicate()
        print(f"\n── {self.title}\n{said}", flush=True)
        return self.process.returncode == 0


def where_is(tool: str) -> str:
    """The path of one of our tools. Raises: SystemExit, where it is not installed."""
    path = shutil.which(tool, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if path is None:
        raise SystemExit(f"{tool} is not installed: run this by “uv run python -m tests”.")
    return path


def run_pytest(database: str, url: str, *arguments: str) -> bool:
    """Returns whether all tests passed on this database."""
    print(f"\n── pytest on {database}", flush=True)
    command = [where_is("pytest"), "-n", "auto", "--dist", "worksteal", "--durations=25", *arguments]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "DATABASE_URL": url}, check=False).returncode == 0


def main(arguments: Sequence[str]) -> int:
    """Linters and types beside pytest, then pytest again. A part of the tests is not held to the coverage."""
    ensure_chromium()
    ensure_programs()
    linters = [Running(*linter) for linter in LINTERS]
    fine = [run_pytest("SQLite", "sqlite://:memory:", *(arguments or COVERAGE))]
    with postgres_cluster() as url:
        fine.append(run_pytest("PostgreSQL", url, *(arguments or ELSEWHERE)))
    fine += [linter.is_fine() for linter in linters]
    print("\nAll is well." if all(fine) else "\nSomething is wrong: see above.", flush=True)
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
