"""`manage.py demo`: Latchkey with sample data, served as in production."""

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
from tokens_site.keys_file import ensure_keys_file
from tokens_site.management.commands.serve import parse_bind, require_free_address, run
from tokens_site.startup import prepare
from tokens_site.supervisor import supervised_worker

CONFIGURED_VARIABLE = "LATCHKEY_DEMO"
"""Set in the environment when the command has restarted itself with the demo's settings."""
DEMO_FILES = {"latchkey.sqlite3", "latchkey.sqlite3-wal", "latchkey.sqlite3-shm", "keys.env", "demo.json", "static"}


class Command(BaseCommand):
    help = "Start Latchkey with sample data."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bind", default="127.0.0.1:8000", help="HOST:PORT to listen on (default: %(default)s)")
        parser.add_argument(
            "--data",
            type=Path,
            default=settings.DATA_DIR,
            metavar="DIR",
            help="folder for the database, the generated keys and demo.json (default: .latchkey next to manage.py)",
        )
        parser.add_argument("--tokens", type=int, default=0, metavar="N", help="create N additional tokens")
        parser.add_argument("--reset", action="store_true", help="delete the demo's data first")

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = parse_bind(options["bind"])
        if options["tokens"] < 0:
            raise CommandError("--tokens must be 0 or more.")
        require_free_address(host, port)
        folder: Path = options["data"].resolve()
        url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        if CONFIGURED_VARIABLE not in os.environ:
            restart_configured(folder, url=url, reset=options["reset"])
        prepare()
        facts = load_sample_data(folder, url=url, additional_tokens=options["tokens"])
        print_summary(facts, folder)
        with supervised_worker():
            run(host, port, workers=1, threads=4)


def restart_configured(folder: Path, *, url: str, reset: bool) -> None:
    """Restart this command with the demo's environment, because this process has loaded its settings already.

    Raises: CommandError if `folder` can't be written, or holds the database of another installation.
    """
    os.umask(0o077)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if (folder / "latchkey.sqlite3").exists() and not (folder / "demo.json").exists():
            message = f"The folder {folder} holds a database that the demo did not create. Choose another with --data."
            raise CommandError(message)
        if reset:
            for name in DEMO_FILES:
                path = folder / name
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        keys = ensure_keys_file(folder / "keys.env").read_text(encoding="ascii").splitlines()
    except OSError as error:
        raise CommandError(
            f"Can't use the folder {folder}: {error.strerror}. Choose another folder with --data."
        ) from error
    environment = {
        **os.environ,
        **dict(line.split("=", 1) for line in keys),
        CONFIGURED_VARIABLE: "1",
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
    os.execve(sys.executable, [sys.executable, *arguments], environment)  # noqa: S606 (our own command)


def load_sample_data(folder: Path, *, url: str, additional_tokens: int) -> dict[str, Any]:
    """Create the sample data at the first start, and `additional_tokens` at each. Return the contents of demo.json."""
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
    if additional_tokens:
        with Progress(console=Console(stderr=True)) as progress:
            task = progress.add_task("Creating tokens", total=additional_tokens)
            sample_data.add_tokens(additional_tokens, advance=lambda made: progress.advance(task, made))
    return facts


def print_summary(facts: dict[str, Any], folder: Path) -> None:
    """Print the URL, the sign-ins and one token for each scope."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"\n[bold]Latchkey[/bold] is running at [bold]{facts['url']}[/bold] (press Ctrl-C to stop)\n")
    console.print(f"Sign in as any of these people with the password [bold]{facts['password']}[/bold]")
    people = Table.grid(padding=(0, 2))
    for role, email in facts["users"].items():
        people.add_row(f"  {role}", email)
    console.print(people)
    console.print("\nUse the API with one of these tokens, one for each scope")
    for scope, token in facts["tokens"].items():
        console.print(f"{scope} {token}")
    console.print(f"\ncurl -H 'Authorization: Bearer {facts['tokens']['viewer']}' {facts['url']}/api/v1/me\n")
    console.print(f"All of this is also in {folder / 'demo.json'}")
    sys.stdout.flush()
