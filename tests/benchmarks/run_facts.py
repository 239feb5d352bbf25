"""Describes a run: the commit, the machine, the versions and the plan. Contains no paths and no host names."""

import os
import platform
import sqlite3
import subprocess
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from tests.benchmarks.over_http import CONNECTIONS
from tests.benchmarks.plan import Plan

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
"""The packages whose versions matter, and the modules that show whether they are installed."""


def describe_run(plan: Plan, server: str | None) -> dict[str, Any]:
    """server: the URL of the PostgreSQL server, if there is one."""
    return {
        "commit": _run("git", "rev-parse", "--short", "HEAD"),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load_before": current_load(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "postgresql": _postgresql_version(server) if server else None,
        "packages": {name: version(name) for name, module in PACKAGES.items() if find_spec(module)},
        "tokens": plan.tokens,
        "seed": plan.schedule.seed,
        "in_process": {
            "rounds": plan.schedule.rounds,
            "seconds": plan.schedule.seconds,
            "cpu_time": plan.schedule.cpu_time,
        },
        "http": {"rounds": plan.http.rounds, "seconds": plan.http.seconds, "connections": CONNECTIONS},
    }


def current_load() -> float:
    """Return the machine's load average of the last minute."""
    return round(os.getloadavg()[0], 2)


def _run(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def _processor() -> str:
    """Return the processor's name from /proc/cpuinfo, or its architecture on other systems than Linux."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _postgresql_version(server: str) -> str:
    with psycopg.connect(server) as connection:
        number = connection.info.server_version
    return f"{number // 10_000}.{number % 10_000}"
