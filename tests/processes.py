"""Servers that tests start beside themselves."""

import socket
import subprocess
import time
from pathlib import Path

PATIENCE = 60.0
"""Seconds in which a server must listen."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def wait_until_it_listens(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until the server listens. Raises: AssertionError with the log if it ends or takes too long."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, f"It does not listen: {log.read_text()}"
            time.sleep(0.05)
        else:
            return
