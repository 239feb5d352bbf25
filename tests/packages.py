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


def ensure_nginx() -> None:
    """Raises: SystemExit, with what to install, where nginx is missing and can't be installed."""
    if find_nginx() is None and not install("nginx"):
        raise SystemExit(
            "The tests need nginx (Debian, Ubuntu: apt-get install nginx). Install it, then run them again."
        )


def ensure_wrk() -> None:
    """Raises: SystemExit, with what to install, where wrk is missing and can't be installed."""
    if shutil.which("wrk") is None and not install("wrk"):
        raise SystemExit("This needs wrk (Debian, Ubuntu: apt-get install wrk). Install it, then run it again.")


def find_nginx() -> str | None:
    """The path of the machine's nginx, also where only root has it on the PATH."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
