"""The environment of each process: what a developer or the tests have set up for Latchkey is not in it."""

import os
from pathlib import Path

from tests.benchmarks.databases import LATCHKEY, Database
from tests.benchmarks.worker import HOST
from tokens_site.management.commands.serve import VARIABLES

KEYS = {
    "SECRET_KEY": "only-for-benchmarks-" * 3,
    "TOKEN_PEPPERS": "k1:" + "A" * 43,
    "TOKEN_ENCRYPTION_KEYS": "k1:" + "B" * 43,
}
"""Always the same, so that a run can be had again."""


def environment_of(project: str, database: Database, scratch: Path) -> dict[str, str]:
    """Latchkey's is that of production. scratch: where its static files may be collected."""
    inherited = {name: value for name, value in os.environ.items() if name not in {*VARIABLES, "DEBUG"}}
    if project in {LATCHKEY, "floor"}:
        settings = "tokens_site.settings"
        ours = {"PUBLIC_URL": f"https://{HOST}", "STATIC_ROOT": str(scratch / "static"), **KEYS}
    else:
        settings = "tests.benchmarks.projects.settings"
        ours = {"BENCHMARK_PROJECT": project}
    return {**inherited, **ours, "DJANGO_SETTINGS_MODULE": settings, "DATABASE_URL": database.url}
