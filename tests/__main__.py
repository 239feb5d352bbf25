"""`uv run python -m tests`: everything that must hold, on SQLite and on PostgreSQL. Arguments are handed to pytest."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
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
COVERAGE = ("--cov", "--cov-branch", "--cov-report=")
ELSEWHERE = ("-m", "not same_on_each_database")
LEAST_COVERAGE = "--cov-fail-under=95"


def run(*command: str, environment: Mapping[str, str] | None = None) -> bool:
    """Run one of our tools where it is installed. Returns whether it found nothing wrong."""
    print(f"\n── {' '.join(command)}", flush=True)
    tool = shutil.which(command[0], path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if tool is None:
        print(f"{command[0]} is not installed: run this by “uv run python -m tests”.")
        return False
    done = subprocess.run([tool, *command[1:]], cwd=ROOT, env={**os.environ, **(environment or {})}, check=False)
    return done.returncode == 0


def run_pytest(database: str, url: str, arguments: Sequence[str], *coverage: str) -> bool:
    print(f"\n── pytest on {database}", flush=True)
    return run("pytest", "-n", "auto", *coverage, *arguments, environment={"DATABASE_URL": url})


def main(arguments: Sequence[str]) -> int:
    """Linters, types, then pytest twice. A part of the tests, named by `arguments`, is not held to the coverage."""
    ensure_chromium()
    ensure_programs()
    fine = [run(*linter) for linter in LINTERS]
    whole = not arguments
    first = COVERAGE if whole else ()
    last = (*COVERAGE, "--cov-append", "--cov-report=term-missing:skip-covered", LEAST_COVERAGE) if whole else ()
    fine.append(run_pytest("SQLite", "sqlite://:memory:", arguments, *first))
    with postgres_cluster() as url:
        fine.append(run_pytest("PostgreSQL", url, arguments, *(ELSEWHERE if whole else ()), *last))
    print("\nAll is well." if all(fine) else "\nSomething is wrong: see above.", flush=True)
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
