"""`python -m tests.benchmarks.footprint [--save]`: start-up, memory, and the size of the installation."""

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from tests.deployment.production import PATIENCE, ROOT, Instance, bearer, production
from tests.packages import ensure_programs

STARTS = 5
LOAD_SECONDS = 15
CONNECTIONS = 32
SHOWN_PACKAGES = 5
MEGABYTE = 1_000_000
RESULTS = ROOT / "docs/benchmarks/footprint.json"
IMPORTED = """
import json, sys
from importlib.metadata import packages_distributions
import tokens_site.wsgi
ours = packages_distributions()
tops = {name.partition(".")[0] for name in sys.modules}
print(json.dumps(sorted({package for top in tops for package in ours.get(top, [])})))
"""


def main(arguments: list[str]) -> int:
    ensure_programs("wrk")
    with tempfile.TemporaryDirectory(prefix="latchkey-footprint-") as name:
        folder = Path(name)
        figures = {**start_up(folder / "serve"), **installation(folder / "venv")}
    show(figures)
    if "--save" in arguments:
        RESULTS.write_text(json.dumps({"python": platform.python_version(), **figures}, indent=1) + "\n", "utf-8")
    return 0


def start_up(folder: Path) -> dict[str, Any]:
    """Seconds from `manage.py serve` to the first answer, and the megabytes that its processes then hold."""
    folder.mkdir()
    plenty = {"RATE_LIMIT": "1000000", "RATE_LIMIT_CEILING": "1000000"}
    environment = production(folder, PUBLIC_URL="http://127.0.0.1", CACHE_URL="dbcache://django_cache", **plenty)
    first, instance = started(folder, environment)
    instance.stop()
    again = []
    for _ in range(STARTS):
        seconds, instance = started(folder, environment)
        again.append(seconds)
        if len(again) < STARTS:
            instance.stop()
    try:
        at_rest = memory(instance)
        press(instance, token_for(environment))
        return {
            "first_start_s": round(first, 2),
            "start_s": round(median(again), 2),
            **{f"{name}_at_rest_mb": size for name, size in at_rest.items()},
            **{f"{name}_after_load_mb": size for name, size in memory(instance).items()},
        }
    finally:
        instance.stop()


def started(folder: Path, environment: Mapping[str, str]) -> tuple[float, Instance]:
    """Seconds until it answers, and it. The port is open before a worker is there."""
    began = time.monotonic()
    instance = Instance(folder, environment)
    while not answers(instance):
        assert instance.process.poll() is None, instance.log.read_text()
        assert time.monotonic() - began < PATIENCE, "It does not answer."
        time.sleep(0.01)
    return time.monotonic() - began, instance


def answers(instance: Instance) -> bool:
    connection = HTTPConnection("127.0.0.1", instance.port, timeout=PATIENCE)
    try:
        connection.request("GET", "/api/v1/me")
        return connection.getresponse().status == 401
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def memory(instance: Instance) -> dict[str, float]:
    """Megabytes of the supervisor and of a worker; what they share counts for each in equal parts (PSS)."""
    supervisor = psutil.Process(instance.process.pid)
    sizes = {"supervisor": supervisor.memory_full_info().pss}
    workers = [child.memory_full_info().pss for child in supervisor.children(recursive=True)]
    return {name: round(size / MEGABYTE, 1) for name, size in {**sizes, "worker": max(workers)}.items()}


def token_for(environment: Mapping[str, str]) -> str:
    command = [sys.executable, "-m", "tests.deployment.populate", "acme"]
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout.strip()


def press(instance: Instance, token: str) -> None:
    """The API, and pages of the console, as fast as they come."""
    wrk = shutil.which("wrk")
    assert wrk, "wrk is not installed."
    [(name, value)] = bearer(token).items()
    lists = "/api/v1/workspaces/acme/access-tokens"
    for path, header in (("/api/v1/me", f"{name}: {value}"), (lists, f"{name}: {value}"), ("/accounts/login", "X: x")):
        command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{LOAD_SECONDS}s", "-H", header, instance.url + path]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        assert "Non-2xx" not in done.stdout, done.stdout


def installation(environment: Path) -> dict[str, Any]:
    """The packages that `uv sync --no-dev` installs, their size in megabytes, and those that a worker imports."""
    uv = os.environ.get("UV") or shutil.which("uv")
    assert uv, "Run this by “uv run python -m tests.benchmarks.footprint”."
    made = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(environment)}
    made.pop("VIRTUAL_ENV", None)
    subprocess.run([uv, "sync", "--quiet", "--no-dev"], cwd=ROOT, env=made, check=True)
    [packages] = environment.glob("lib/python*/site-packages")
    sizes = {place.name: size_of(place) for place in packages.iterdir() if place.is_dir()}
    largest = sorted(sizes, key=lambda name: sizes[name], reverse=True)[:SHOWN_PACKAGES]
    listed = subprocess.run(
        [environment / "bin/python", "-c", IMPORTED],
        cwd=ROOT,
        env=production(environment),
        check=True,
        capture_output=True,
        text=True,
    )
    return {
        "packages": len(list(packages.glob("*.dist-info"))),
        "installed_mb": round(sum(sizes.values()) / MEGABYTE, 1),
        "largest_mb": {name: round(sizes[name] / MEGABYTE, 1) for name in largest},
        "imported": json.loads(listed.stdout),
    }


def size_of(place: Path) -> int:
    """Bytes of the files in a folder, but for what Python compiled."""
    return sum(file.stat().st_size for file in place.rglob("*") if file.is_file() and file.suffix != ".pyc")


def show(figures: Mapping[str, Any]) -> None:
    table = Table("", "", box=SIMPLE_HEAD, show_header=False)
    for name, value in figures.items():
        words = ", ".join(f"{key} {part}" for key, part in value.items()) if isinstance(value, dict) else value
        table.add_row(name.replace("_", " "), ", ".join(words) if isinstance(words, list) else str(words))
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
