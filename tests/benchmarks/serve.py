"""Serve an application as `manage.py serve` does: `python -m tests.benchmarks.serve APPLICATION PORT WORKERS`."""

import sys
from typing import Any

from tokens_site.management.commands import serve
from tokens_site.management.commands.serve import GracefulServer


def main(application: str, port: int, workers: int) -> None:
    """Serve until SIGTERM with the command's own options; only the application differs."""

    def server(_: str, **options: Any) -> GracefulServer:
        return GracefulServer(application, **options)

    serve.GracefulServer = server  # type: ignore[assignment, misc] # a function in place of the class
    serve.run("127.0.0.1", port, workers=workers, threads=serve.THREADS)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
