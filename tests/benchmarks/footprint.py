"""Measure start-up, memory and the size of the installation: `python -m tests.benchmarks.footprint [--save]`."""

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
LARGEST_PACKAGES = 5
BYTES_PER_MEGABYTE = 1_000_000
RESULTS_FILE = ROOT / "docs/benchmarks/footprint.json"
LIST_IMPORTED_PACKAGES = """
import json, sys
from importlib.metadata import packages_distributions
import tokens_site.wsgi
packages = packages_distributions()
tops = {name.partition(".")[0] for name in sys.modules}
print(json.dumps(sorted({package for top in tops for package in packages.get(top, [])})))
"""


def main(arguments: list[str]) -> int:
    ensure_programs("wrk")
    with tempfile.TemporaryDirectory(prefix="latchkey-footprint-") as name:
        folder = Path(name)
        results = {**measure_start_up(folder / "serve"), **measure_installation(folder / "venv")}
    print_results(results)
    if "--save" in arguments:
        RESULTS_FILE.write_text(json.dumps({"python": platform.python_version(), **results}, indent=1) + "\n", "utf-8")
    return 0


def measure_start_up(folder: Path) -> dict[str, Any]:
    """Return seconds from `manage.py serve` to its first response, and the memory of its processes in megabytes."""
    folder.mkdir()
    limits = {"RATE_LIMIT": "1000000", "RATE_LIMIT_CEILING": "1000000"}
    environment = production(folder, PUBLIC_URL="http://127.0.0.1", CACHE_URL="dbcache://django_cache", **limits)
    first_start, instance = start(folder, environment)
    instance.stop()
    starts = []
    for _ in range(STARTS):
        seconds, instance = start(folder, environment)
        starts.append(seconds)
        if len(starts) < STARTS:
            instance.stop()
    try:
        idle = measure_memory(instance)
        run_wrk(instance, create_token(environment))
        return {
            "first_start_s": round(first_start, 2),
            "start_s": round(median(starts), 2),
            **{f"{name}_at_rest_mb": size for name, size in idle.items()},
            **{f"{name}_after_load_mb": size for name, size in measure_memory(instance).items()},
        }
    finally:
        instance.stop()


def start(folder: Path, environment: Mapping[str, str]) -> tuple[float, Instance]:
    """Start Latchkey, and return the seconds until it responds. The port is open before a worker is ready."""
    began = time.monotonic()
    instance = Instance(folder, environment)
    while not responds(instance):
        assert instance.process.poll() is None, instance.log.read_text()
        assert time.monotonic() - began < PATIENCE, "Latchkey does not respond."
        time.sleep(0.01)
    return time.monotonic() - began, instance


def responds(instance: Instance) -> bool:
    connection = HTTPConnection("127.0.0.1", instance.port, timeout=PATIENCE)
    try:
        connection.request("GET", "/api/v1/me")
        return connection.getresponse().status == 401
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def measure_memory(instance: Instance) -> dict[str, float]:
    """Return megabytes of the supervisor and of its largest process. Shared memory counts in equal parts (PSS)."""
    supervisor = psutil.Process(instance.process.pid)
    sizes = {"supervisor": supervisor.memory_full_info().pss}
    workers = [child.memory_full_info().pss for child in supervisor.children(recursive=True)]
    return {name: round(size / BYTES_PER_MEGABYTE, 1) for name, size in {**sizes, "worker": max(workers)}.items()}


def create_token(environment: Mapping[str, str]) -> str:
    command = [sys.executable, "-m", "tests.deployment.populate", "acme"]
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout.strip()


def run_wrk(instance: Instance, token: str) -> None:
    """Send as many requests as possible to the API and to a page of the console."""
    wrk = shutil.which("wrk")
    assert wrk, "wrk is not installed."
    [(name, value)] = bearer(token).items()
    tokens = "/api/v1/workspaces/acme/access-tokens"
    for path, header in (("/api/v1/me", f"{name}: {value}"), (tokens, f"{name}: {value}"), ("/accounts/login", "X: x")):
        command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{LOAD_SECONDS}s", "-H", header, instance.url + path]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        assert "Non-2xx" not in output, output


def measure_installation(environment: Path) -> dict[str, Any]:
    """Return the packages that `uv sync --no-dev` installs, their megabytes, and those that a worker imports."""
    uv = os.environ.get("UV") or shutil.which("uv")
    assert uv, "Run this by “uv run python -m tests.benchmarks.footprint”."
    variables = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(environment)}
    variables.pop("VIRTUAL_ENV", None)
    subprocess.run([uv, "sync", "--quiet", "--no-dev"], cwd=ROOT, env=variables, check=True)
    [packages] = environment.glob("lib/python*/site-packages")
    sizes = {folder.name: count_bytes(folder) for folder in packages.iterdir() if folder.is_dir()}
    largest = sorted(sizes, key=lambda name: sizes[name], reverse=True)[:LARGEST_PACKAGES]
    imported = subprocess.run(
        [environment / "bin/python", "-c", LIST_IMPORTED_PACKAGES],
        cwd=ROOT,
        env=production(environment),
        check=True,
        capture_output=True,
        text=True,
    )
    return {
        "packages": len(list(packages.glob("*.dist-info"))),
        "installed_mb": round(sum(sizes.values()) / BYTES_PER_MEGABYTE, 1),
        "largest_mb": {name: round(sizes[name] / BYTES_PER_MEGABYTE, 1) for name in largest},
        "imported": json.loads(imported.stdout),
    }


def count_bytes(folder: Path) -> int:
    """Return the size of all files in a folder, without compiled Python files."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and file.suffix != ".pyc")


def print_results(results: Mapping[str, Any]) -> None:
    table = Table("", "", box=SIMPLE_HEAD, show_header=False)
    for name, value in results.items():
        text = [f"{key} {part}" for key, part in value.items()] if isinstance(value, dict) else value
        table.add_row(name.replace("_", " "), ", ".join(text) if isinstance(text, list) else str(text))
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
