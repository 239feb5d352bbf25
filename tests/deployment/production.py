"""Latchkey as operators run it: `manage.py serve` with the environment of a production deployment."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from access_tokens.token_crypto import generate_key
from tests.processes import free_port, wait_until_it_listens

ROOT = Path(__file__).resolve().parents[2]
OURS = (
    *(
        "SECRET_KEY",
        "TOKEN_PEPPERS",
        "TOKEN_ENCRYPTION_KEYS",
        "PUBLIC_URL",
        "ALLOWED_HOSTS",
        "DATABASE_URL",
        "CACHE_URL",
    ),
    *("DJANGO_SETTINGS_MODULE", "DJANGO_ALLOW_ASYNC_UNSAFE"),
)
"""Variables of the test run, which are removed."""
PATIENCE = 30


def production(folder: Path, **changes: str) -> dict[str, str]:
    """Return the environment of a new deployment with its files in `folder`."""
    return {
        **{name: value for name, value in os.environ.items() if name not in OURS},
        "SECRET_KEY": "x7Qp-" * 20 + "abcdefgh0123456789",
        "TOKEN_PEPPERS": generate_key(),
        "TOKEN_ENCRYPTION_KEYS": generate_key(),
        "PUBLIC_URL": "https://latchkey.example",
        "DATABASE_URL": f"sqlite:///{folder / 'latchkey.sqlite3'}",
        "CACHE_URL": "locmemcache://",
        "STATIC_ROOT": str(folder / "static"),
        **changes,
    }


class Instance:
    """A running `manage.py serve` with one process of several threads."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / f"serve-{self.port}.log"
        command = [
            sys.executable,
            "manage.py",
            "serve",
            "--bind",
            f"127.0.0.1:{self.port}",
            "--workers",
            "1",
            "--threads",
            "4",
        ]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)

    def wait(self) -> "Instance":
        """Wait until the server listens. Raises: AssertionError with the log if it ends or takes too long."""
        wait_until_it_listens(self.port, self.process, self.log)
        return self

    def is_listening(self) -> bool:
        return "Latchkey is listening" in self.log.read_text()

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def instances(folder: Path, environment: Mapping[str, str], count: int) -> Iterator[list[Instance]]:
    """Start `count` servers together, without waiting for them. Print their logs at the end."""
    started = [Instance(folder, environment) for _ in range(count)]
    try:
        yield started
    finally:
        for instance in started:
            instance.stop()
            print(instance.log.read_text())


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
