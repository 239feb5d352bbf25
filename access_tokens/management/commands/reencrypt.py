"""`manage.py reencrypt`: re-encrypt the stored copies of tokens under the first encryption key."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress

from access_tokens import key_rings, reencryption
from access_tokens.reencryption import ReencryptionResult

COPIES_PER_LINE = 10_000
"""Copies between two lines of progress, where there is no terminal for a progress bar."""


class Command(BaseCommand):
    help = (
        "Re-encrypt copies of tokens that are encrypted under an older key of TOKEN_ENCRYPTION_KEYS, using the first "
        "key. Run it while Latchkey is serving. Run it again to continue an interrupted run."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count the copies under each key without changes")

    def handle(self, *args: Any, **options: Any) -> None:
        first = next(iter(key_rings.encryption_keys()))
        for key_id, count in reencryption.count_by_key().items():
            self.stdout.write(f"{count} encrypted under {key_id}{' (the first key)' if key_id == first else ''}")
        if options["dry_run"]:
            return
        result = self.reencrypt()
        self.stdout.write(f"{result.reencrypted} re-encrypted under {first}, {result.changed} changed in the meantime")
        if result.failed:
            raise CommandError(
                f"{len(result.failed)} can't be decrypted or copied. Add their key to TOKEN_ENCRYPTION_KEYS and run "
                "this command again, or rotate these tokens."
            )

    def reencrypt(self) -> ReencryptionResult:
        """Show progress as a bar on a terminal, otherwise as lines."""
        total = reencryption.outdated_copies().count()
        result, printed = ReencryptionResult(), 0
        is_terminal = self.stderr.isatty()
        with Progress(console=Console(stderr=True), disable=not is_terminal) as progress:
            task = progress.add_task("Re-encrypting", total=total)
            for batch in reencryption.reencrypt():
                result.add(batch)
                progress.update(task, completed=result.total)
                if not is_terminal and result.total - printed >= COPIES_PER_LINE:
                    printed = result.total
                    self.stdout.write(f"{printed} of {total}")
                for token_id, reason in batch.failed:
                    self.stderr.write(f"{token_id}: {reason}", lambda text: text)
        return result
