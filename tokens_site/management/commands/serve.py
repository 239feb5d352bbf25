"""`manage.py serve`: the production server (granian). Migrates the database and collects static files first."""

import os
import socket
import textwrap
import threading
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

from tokens_site.startup import prepare
from tokens_site.supervisor import supervised_worker

WORKERS = 2 * (os.cpu_count() or 1)
THREADS = 1
"""Threads of a process pass the GIL to each other at every query: two threads serve fewer requests than one."""
VARIABLES = {
    "SECRET_KEY": "Required. Signs sessions and links, and encrypts the secrets of authenticator apps.",
    "SECRET_KEY_FALLBACKS": "Previous values of SECRET_KEY, separated by commas. Their signatures and encrypted "
    "values stay valid. Default: none.",
    "TOKEN_PEPPERS": "Required. ID:KEY[,ID:KEY...]: keys of 32 bytes in URL-safe base64 for the digests of tokens. "
    "The first key writes, all keys read.",
    "TOKEN_ENCRYPTION_KEYS": "Required. The same format, for the encrypted copies of tokens.",
    "PUBLIC_URL": "Required. The URL of this Latchkey, for example https://tokens.example.com. With http://, cookies "
    "are sent unencrypted: use it for trials only.",
    "DATABASE_URL": "postgres://USER:PASSWORD@HOST/NAME or sqlite:////PATH. Default: a SQLite file in .latchkey/.",
    "PREPARE_STATEMENTS": "1 or 0. Whether the token query is prepared once per PostgreSQL connection. Set 0 behind a "
    "pooler in transaction mode, such as PgBouncer. Default: 1.",
    "CACHE_URL": "rediscache://HOST:6379/0 for Redis or Valkey. Default: a database table.",
    "RATE_LIMIT": "Requests per minute for each token, unless the Owners of its workspace set a limit. Default: 600.",
    "RATE_LIMIT_CEILING": "The highest limit that Owners can set, in requests per minute. Default: 6000.",
    "FAILURE_LIMIT": "Failed authentications per minute from one IP address. Further ones get 429. Default: 60.",
    "EVENT_RETENTION_DAYS": "Days after which `daily` purges events. 0 keeps them forever. Default: 400.",
    "ALLOWED_HOSTS": "Additional host names, separated by commas. Default: only the host of PUBLIC_URL.",
    "TRUSTED_PROXIES": "IP addresses or networks (10.0.0.0/8) of proxies, separated by commas. Their X-Forwarded-For "
    "and X-Forwarded-Proto headers are trusted. Default: none.",
    "ALLOW_WORKSPACE_CREATION": "1 or 0. Whether everyone who signs in can create workspaces. With 0, only operators "
    "can, in the admin. Default: 1.",
    "ALLOW_SIGN_UP": "1 or 0. Whether people can sign up by themselves, with a code sent by e-mail. Default: 0.",
    "EMAIL_URL": "smtp+tls://USER:PASSWORD@HOST:587 or smtp://HOST:25. Default: smtp://localhost:25.",
    "DEFAULT_FROM_EMAIL": "The sender of e-mails. Default: latchkey@ the host of PUBLIC_URL.",
    "STATIC_ROOT": "The folder in which static files are collected. Default: staticfiles/.",
}


class Command(BaseCommand):
    help = "Serve the console and the API in production."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Return a parser whose help explains each environment variable."""
        kwargs.setdefault("formatter_class", RawDescriptionHelpFormatter)
        lines = [
            f"  {name}\n{textwrap.indent(textwrap.fill(words, 96), '      ')}" for name, words in VARIABLES.items()
        ]
        epilog = "Settings come from the environment:\n\n" + "\n".join(lines)
        return super().create_parser(prog_name, subcommand, epilog=epilog, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bind", default="127.0.0.1:8000", help="HOST:PORT to listen on (default: %(default)s)")
        parser.add_argument("--workers", type=int, default=WORKERS, help="web processes (default: %(default)s)")
        parser.add_argument(
            "--threads",
            type=int,
            default=THREADS,
            help="threads per process: more threads keep a slow page from blocking other requests, but slow all "
            "requests down (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.PUBLIC_URL:
            raise CommandError("Set PUBLIC_URL to the URL of this Latchkey, for example https://tokens.example.com.")
        host, port = parse_bind(options["bind"])
        require_free_address(host, port)
        prepare()
        self.stdout.write(f"Latchkey is listening on http://{options['bind']} ({options['workers']} web processes).")
        with supervised_worker():
            run(host, port, workers=options["workers"], threads=options["threads"])


def parse_bind(bind: str) -> tuple[str, int]:
    """Split `HOST:PORT`. Raises: CommandError if it is malformed."""
    host, _, port = bind.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise CommandError(f"--bind must be HOST:PORT, for example 127.0.0.1:8000, not “{bind}”.")
    return host.strip("[]"), int(port)


def require_free_address(host: str, port: int) -> None:
    """Raises: CommandError if the address can't be listened on, before anything else starts."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CommandError(f"Can't listen on {host}:{port}: {reason}. Choose another address with --bind.") from error


class GracefulServer(Server):  # type: ignore[misc, valid-type] # granian has no types
    """A granian server that repeats SIGTERM, because a worker that is still starting misses the first one."""

    REPEAT_AFTER_SECONDS = 0.25

    def _stop_workers(self) -> None:
        stopped = threading.Event()

        def repeat() -> None:
            while not stopped.wait(self.REPEAT_AFTER_SECONDS):
                for worker in self.wrks:
                    worker.terminate()

        threading.Thread(target=repeat, daemon=True).start()
        try:
            super()._stop_workers()
        finally:
            stopped.set()


def run(host: str, port: int, *, workers: int, threads: int) -> None:
    """Serve until SIGINT or SIGTERM. Web processes get 10 seconds to write their usage counts."""
    server = GracefulServer(
        "tokens_site.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,  # over HTTP/2, granian sends a body in response to HEAD
        workers=max(1, workers),
        blocking_threads=max(1, threads),
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        websockets=False,
    )
    server.serve()
