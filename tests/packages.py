"""What the tests need of the machine: packages of its distribution."""

import os
import shutil
import subprocess


def install(package: str) -> bool:
    """Install a package of Debian or Ubuntu, as root or by sudo. Returns whether it is there now."""
    if not shutil.which("apt-get"):
        return False
    print(f"── apt-get install {package}", flush=True)
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if sudo and not shutil.which("sudo"):
        return False
    quietly = {"DEBIAN_FRONTEND": "noninteractive"}
    return succeeds(*sudo, "apt-get", "update", "-q", **quietly) and succeeds(
        *sudo, "apt-get", "install", "-y", "-q", "--no-install-recommends", package, **quietly
    )


def succeeds(*command: str, **environment: str) -> bool:
    """Run a command. Returns whether it went well."""
    return subprocess.run(command, env={**os.environ, **environment}, check=False).returncode == 0


PROGRAMS = {
    "nginx": "nginx",
    "caddy": "caddy",
    "redis-server": "redis-server",
    "node": "nodejs",
    "curl": "curl",
    "wrk": "wrk",
    "pgbouncer": "pgbouncer",
}
"""What tests run, and the package of Debian and Ubuntu that has it."""


def ensure_programs(*programs: str) -> None:
    """Install what is missing of these programs, of all if none is named.

    Raises: SystemExit, with what to install, where one can't be.
    """
    for program in programs or PROGRAMS:
        package = PROGRAMS[program]
        if find(program) is None and not install(package):
            how = f"Debian, Ubuntu: apt-get install {package}"
            raise SystemExit(f"The tests need {program} ({how}). Install it, then run them again.")


def find(program: str) -> str | None:
    """The path of a program of this machine, also where only root has it on the PATH."""
    return shutil.which(program) or shutil.which(program, path="/usr/sbin")


def found(program: str) -> str:
    """The path of a program that tests can't do without."""
    path = find(program)
    assert path, f"{program} is not installed: run this by “uv run python -m tests”."
    return path
