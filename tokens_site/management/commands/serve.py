"""`manage.py serve`: production. Granian, with the database migrated and the static files collected first."""

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
"""Threads that share a process hand it to each other at every query: two of them answer fewer calls than one."""
VARIABLES = {
    "SECRET_KEY": "required. Signs sessions and links, and seals what people's second steps are checked against.",
    "SECRET_KEY_FALLBACKS": "earlier values of SECRET_KEY, with commas between: what they signed and sealed still "
    "counts. Default: none.",
    "TOKEN_PEPPERS": "required. ID:KEY[,ID:KEY...], keys of 32 bytes in URL-safe base64, for the digests that "
    "tokens are recognised by. The first key writes, all of them read.",
    "TOKEN_ENCRYPTION_KEYS": "required. The same form, for the encrypted copies of tokens that may be copied later.",
    "PUBLIC_URL": "required. Where people reach this Latchkey, for example https://tokens.example.com. With http:// in "
    "place of https://, cookies are sent unencrypted: for trials only.",
    "DATABASE_URL": "postgres://USER:PASSWORD@HOST/NAME or sqlite:////PATH. Default: a SQLite file in .latchkey/.",
    "PREPARE_STATEMENTS": "1 or 0. Is the statement that reads a token prepared once for each connection to "
    "PostgreSQL? 0 behind a pooler that hands each transaction another one. Default: 1.",
    "CACHE_URL": "rediscache://HOST:6379/0 for Redis or Valkey. Default: a table of the database.",
    "RATE_LIMIT": "calls a minute of each token, where the Owners of its workspace chose nothing. Default: 600.",
    "RATE_LIMIT_CEILING": "calls a minute that Owners may choose at most. Default: 6000.",
    "FAILURE_LIMIT": "failed authentications a minute from one address, beyond which it is told 429. Default: 60.",
    "EVENT_RETENTION_DAYS": "days after which `daily` removes events from the event log. Default: 400. With 0, never.",
    "ALLOWED_HOSTS": "more host names that this Latchkey answers to, with commas between. Default: PUBLIC_URL's alone.",
    "TRUSTED_PROXIES": "addresses or networks (10.0.0.0/8) whose X-Forwarded-For and -Proto count. Default: none.",
    "ALLOW_WORKSPACE_CREATION": "1 or 0. May everybody who signs in make workspaces, whose Owner they are? Default: 1. "
    "With 0, operators alone make them, in the admin.",
    "ALLOW_SIGN_UP": "1 or 0. May people create accounts by themselves, by a code that is mailed to them? Default: 0.",
    "EMAIL_URL": "smtp+tls://USER:PASSWORD@HOST:587 or smtp://HOST:25. Default: smtp://localhost:25.",
    "DEFAULT_FROM_EMAIL": "whom e-mails come from. Default: latchkey@ the host of PUBLIC_URL.",
    "STATIC_ROOT": "where static files are collected. Default: staticfiles/.",
}


class Command(BaseCommand):
    help = "Serve the console and the API (granian), for production."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """The help also explains each environment variable."""
        kwargs.setdefault("formatter_class", RawDescriptionHelpFormatter)
        lines = [
            f"  {name}\n{textwrap.indent(textwrap.fill(words, 96), '      ')}" for name, words in VARIABLES.items()
        ]
        epilog = "Settings come from the environment:\n\n" + "\n".join(lines)
        return super().create_parser(prog_name, subcommand, epilog=epilog, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bind", default="127.0.0.1:8000", help="HOST:PORT to listen on (default: %(default)s)")
        parser.add_argument("--workers", type=int, default=WORKERS, help="processes (default: %(default)s)")
        parser.add_argument(
            "--threads",
            type=int,
            default=THREADS,
            help="threads of each process; more of them let a slow page run beside other calls, and slow all calls "
            "down (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.PUBLIC_URL:
            raise CommandError("Set PUBLIC_URL to where people reach this Latchkey, e.g. https://tokens.example.com.")
        host, port = parse_bind(options["bind"])
        require_free(host, port)
        prepare()
        self.stdout.write(f"Latchkey listens on http://{options['bind']} ({options['workers']} workers).")
        with supervised_worker():
            run(host, port, workers=options["workers"], threads=options["threads"])


def parse_bind(bind: str) -> tuple[str, int]:
    """`HOST:PORT` in its parts. Raises: CommandError."""
    host, _, port = bind.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise CommandError(f"--bind takes HOST:PORT, for example 127.0.0.1:8000, and not “{bind}”.")
    return host.strip("[]"), int(port)


def require_free(host: str, port: int) -> None:
    """Raises: CommandError, if nobody can listen there: one clear line before anything starts."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CommandError(f"Can't listen on {host}:{port}: {reason}. Choose another one with --bind.") from error


class PatientServer(Server):  # type: ignore[misc, valid-type] # granian has no types
    """A worker that is told to end while it still starts does not hear it: it is told again until it has ended."""

    AGAIN_AFTER = 0.25

    def _stop_workers(self) -> None:
        stopped = threading.Event()

        def repeat() -> None:
            while not stopped.wait(self.AGAIN_AFTER):
                for worker in self.wrks:
                    worker.terminate()

        threading.Thread(target=repeat, daemon=True).start()
        try:
            super()._stop_workers()
        finally:
            stopped.set()


def run(host: str, port: int, *, workers: int, threads: int) -> None:
    """Serve until SIGINT or SIGTERM. Workers are given time to write the last uses of tokens."""
    server = PatientServer(
        "tokens_site.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,  # by HTTP/2 it sends what a HEAD must not have
        workers=max(1, workers),
        blocking_threads=max(1, threads),
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        websockets=False,
    )
    server.serve()
