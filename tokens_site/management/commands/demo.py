"""`manage.py demo`: Latchkey with sample data, served as in production, for somebody who tries it."""

import json
import os
import shutil
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from access_tokens import sample_data
from access_tokens.token_format import ensure_keys_file
from tokens_site.management.commands.serve import parse_bind, require_free, run
from tokens_site.startup import prepare
from tokens_site.supervisor import supervised_worker

IS_SET_UP = "LATCHKEY_DEMO"
"""In the environment of the second start, whose settings are the demo's."""
OURS = {"latchkey.sqlite3", "latchkey.sqlite3-wal", "latchkey.sqlite3-shm", "keys.env", "demo.json", "static"}


class Command(BaseCommand):
    help = "Start Latchkey with sample data. No questions asked."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bind", default="127.0.0.1:8000", help="HOST:PORT to listen on (default: %(default)s)")
        parser.add_argument(
            "--data",
            type=Path,
            default=settings.DATA_DIR,
            metavar="DIR",
            help="folder for the database, the generated keys and demo.json (default: .latchkey beside manage.py)",
        )
        parser.add_argument("--tokens", type=int, default=0, metavar="N", help="make that many more tokens")
        parser.add_argument("--reset", action="store_true", help="throw the data away and start with_current_role")

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = parse_bind(options["bind"])
        if options["tokens"] < 0:
            raise CommandError("--tokens takes a number from 0 on.")
        require_free(host, port)
        folder: Path = options["data"].resolve()
        url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        if IS_SET_UP not in os.environ:
            start_over(folder, url=url, reset=options["reset"])
        prepare()
        facts = load(folder, url=url, more_tokens=options["tokens"])
        announce(facts, folder)
        with supervised_worker():
            run(host, port, workers=1, threads=4)


def start_over(folder: Path, *, url: str, reset: bool) -> None:
    """Run this command again with the demo's environment: the settings of this process are loaded already.

    Raises: CommandError, if `folder` can't be written.
    """
    os.umask(0o077)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if reset:
            for name in OURS:
                path = folder / name
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        keys = ensure_keys_file(folder / "keys.env").read_text(encoding="ascii").splitlines()
    except OSError as error:
        raise CommandError(
            f"Can't use the folder {folder}: {error.strerror}. Choose another one with --data."
        ) from error
    environment = {
        **os.environ,
        **dict(line.split("=", 1) for line in keys),
        IS_SET_UP: "1",
        "DEBUG": "0",
        "PUBLIC_URL": url,
        "ALLOWED_HOSTS": "*",
        "DATABASE_URL": f"sqlite:///{folder / 'latchkey.sqlite3'}",
        "CACHE_URL": "dbcache://django_cache",
        "EMAIL_URL": "consolemail://",
        "STATIC_ROOT": str(folder / "static"),
    }
    sys.stdout.flush()
    arguments = [argument for argument in sys.argv if argument != "--reset"]
    os.execve(sys.executable, [sys.executable, *arguments], environment)  # noqa: S606 (ourselves)


def load(folder: Path, *, url: str, more_tokens: int) -> dict[str, Any]:
    """Make the sample data at the first start; afterwards take up what demo.json says. More tokens come on top."""
    file = folder / "demo.json"
    if sample_data.is_loaded() and file.exists():
        facts: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    else:
        facts = sample_data.load()
    facts = {**facts, "url": url}
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as stream:
        json.dump(facts, stream, indent=2)
    file.chmod(0o600)
    if more_tokens:
        with Progress(console=Console(stderr=True)) as progress:
            task = progress.add_task("Making tokens", total=more_tokens)
            sample_data.add_tokens(more_tokens, advance=lambda made: progress.advance(task, made))
    return facts


def announce(facts: dict[str, Any], folder: Path) -> None:
    """Where it is and how to get in: pretty on a terminal, plain lines elsewhere."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"\n[bold]Latchkey[/bold] is at [bold]{facts['url']}[/bold] (Ctrl-C ends it)\n")
    console.print(f"Sign in, all with the password [bold]{facts['password']}[/bold]")
    people = Table.grid(padding=(0, 2))
    for role, email in facts["users"].items():
        people.add_row(f"  {role}", email)
    console.print(people)
    console.print("\nCall the API, one token for each scope")
    for scope, token in facts["tokens"].items():
        console.print(f"{scope} {token}")
    console.print(f"\ncurl -H 'Authorization: Bearer {facts['tokens']['viewer']}' {facts['url']}/api/v1/me\n")
    console.print(f"The same stands in {folder / 'demo.json'}")
    sys.stdout.flush()
