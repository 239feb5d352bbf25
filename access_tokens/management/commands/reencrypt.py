"""`manage.py reencrypt`: re-encrypt the stored copies of tokens under the first key of the ring."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress

from access_tokens import key_rings, reencryption
from access_tokens.reencryption import ReencryptionResult

LINE_EVERY = 10_000
"""Ciphertext copies between two lines of progress, where there is no terminal for a bar."""


class Command(BaseCommand):
    help = (
        "Seal what is sealed under older keys of TOKEN_ENCRYPTION_KEYS anew, under the first one. Latchkey may serve "
        "meanwhile. Stopped in the middle, it goes on where it was when it is run again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what there is to do, and do nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        first = next(iter(key_rings.encryption_keys()))
        for key_id, count in reencryption.by_key().items():
            self.stdout.write(f"{count} sealed under {key_id}{'' if key_id != first else ', the first key'}")
        if options["dry_run"]:
            return
        outcome = self.reencrypt()
        self.stdout.write(f"{outcome.done} sealed anew under {first}. {outcome.changed} changed meanwhile.")
        if outcome.broken:
            raise CommandError(
                f"{outcome.broken} can't be opened: they stay as they are, and can't be copied. Put their key back "
                "into TOKEN_ENCRYPTION_KEYS and run this again, or rotate these tokens."
            )

    def reencrypt(self) -> ReencryptionResult:
        """All of it, telling how far it is: a bar on a terminal, else a line now and then."""
        total = reencryption.waiting().count()
        outcome, told = ReencryptionResult(), 0
        is_terminal = self.stderr.isatty()
        with Progress(console=Console(stderr=True), disable=not is_terminal) as progress:
            task = progress.add_task("Sealing anew", total=total)
            for batch in reencryption.reencrypt():
                outcome = outcome.plus(batch.outcome)
                progress.update(task, completed=outcome.seen)
                if not is_terminal and outcome.seen - told >= LINE_EVERY:
                    told = outcome.seen
                    self.stdout.write(f"{told} of {total}")
                for token_id, why in batch.broken:
                    self.stderr.write(f"{token_id}: {why}", lambda text: text)
        return outcome
