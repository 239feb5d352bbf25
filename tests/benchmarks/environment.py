"""The environment variables of each contender's process. Latchkey's variables of the developer are left out."""

import os
from pathlib import Path

from tests.benchmarks.contenders import BARE_QUERY_PROJECT
from tests.benchmarks.databases import LATCHKEY, Database
from tests.benchmarks.wsgi_client import HOST
from tokens_site.management.commands.serve import VARIABLES

KEYS = {
    "SECRET_KEY": "only-for-benchmarks-" * 3,
    "TOKEN_PEPPERS": "k1:" + "A" * 43,
    "TOKEN_ENCRYPTION_KEYS": "k1:" + "B" * 43,
}
"""Constant, so that a run can be repeated."""


def build_environment(project: str, database: Database, scratch: Path) -> dict[str, str]:
    """Return the environment of a project; Latchkey's is that of production. Static files go to `scratch`."""
    inherited = {name: value for name, value in os.environ.items() if name not in {*VARIABLES, "DEBUG"}}
    if project in {LATCHKEY, BARE_QUERY_PROJECT}:
        settings = "tokens_site.settings"
        own = {"PUBLIC_URL": f"https://{HOST}", "STATIC_ROOT": str(scratch / "static"), **KEYS}
    else:
        settings = "tests.benchmarks.projects.settings"
        own = {"BENCHMARK_PROJECT": project}
    return {**inherited, **own, "DJANGO_SETTINGS_MODULE": settings, "DATABASE_URL": database.url}
