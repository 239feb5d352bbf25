"""`manage.py latchkey_token`: create, list and disable access tokens in a shell."""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from access_tokens import expiry, operations, token_format
from access_tokens.models import AccessToken
from accounts.models import User
from accounts.redaction import redact
from workspaces.actors import Actor
from workspaces.errors import Conflict, NotAllowed
from workspaces.models import Workspace
from workspaces.permissions import Role

ACTOR = Actor.command("manage.py latchkey_token")
SCOPES = ", ".join(role.api_name for role in Role)
COLUMNS = ("Label", "Token", "Token ID", "Scope", "Status", "Created", "Expires", "Last used")
EXAMPLES = """\
examples:
  TOKEN=$(manage.py latchkey_token create --workspace northwind --label "CI runner" \\
          --scope team_member --creator ada@example.com --expires 2027-01-31)
  manage.py latchkey_token list --workspace northwind
  manage.py latchkey_token disable ada@example.com_7fK2mQ9xLp
"""


class Command(BaseCommand):
    help = "Create, list or disable access tokens. Each change is recorded in the event log."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        kwargs = {"epilog": EXAMPLES, "formatter_class": RawDescriptionHelpFormatter, **kwargs}
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="create|list|disable")
        create = verbs.add_parser("create", help="create a token and print it on stdout; it can't be printed again")
        create.add_argument("--workspace", required=True, metavar="SLUG", help="slug of the token's workspace")
        create.add_argument("--label", required=True, metavar="TEXT", help="what the token is for, 1 to 100 characters")
        create.add_argument("--scope", required=True, metavar="SCOPE", help=f"role of the token: {SCOPES}")
        create.add_argument("--creator", required=True, metavar="EMAIL", help="e-mail of the member to name as creator")
        create.add_argument(
            "--expires",
            default="never",
            metavar="YYYY-MM-DD",
            help="last day on which the token works, in UTC, or “never” (default: %(default)s)",
        )
        listing = verbs.add_parser("list", help="list the tokens of a workspace, masked, newest first")
        listing.add_argument("--workspace", required=True, metavar="SLUG", help="slug of the workspace")
        disable = verbs.add_parser("disable", help="disable a token; it can be enabled again in the console")
        disable.add_argument("token", metavar="KEY_ID|TOKEN_ID", help="for example 7fK2mQ9xLp")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            match options["verb"]:
                case "create":
                    self.create(options)
                case "list":
                    self.list(find_workspace(options["workspace"]))
                case "disable":
                    self.disable(find_token(options["token"]))
        except (Conflict, NotAllowed) as error:
            raise CommandError(error.message) from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error

    def create(self, options: dict[str, Any]) -> None:
        workspace = find_workspace(options["workspace"])
        token, plaintext = operations.create(
            workspace,
            by=ACTOR,
            label=options["label"],
            scope=parse_scope(options["scope"]),
            expires_at=parse_expiry(options["expires"]),
            creator=find_creator(options["creator"], workspace),
        )
        expires = f"expires {_format(token.expires_at)}" if token.expires_at else "never expires"
        self.print_message(f"Created {token.token_id} in {workspace.slug}, {expires}. Store the token now:")
        self.stdout.write(plaintext)

    def list(self, workspace: Workspace) -> None:
        tokens = workspace.access_tokens.select_related("workspace").order_by("-created_at", "-pk")
        rows = [row(token) for token in tokens]
        if self.stdout.isatty():
            table = Table(*(Column(name, overflow="fold") for name in COLUMNS))
            for cells in rows:
                table.add_row(*(Text(cell) for cell in cells))
            Console().print(table)
        else:
            for cells in (COLUMNS, *rows):
                self.stdout.write("\t".join(cells))

    def disable(self, token: AccessToken) -> None:
        was_disabled = token.is_disabled
        token = operations.disable(token, by=ACTOR)
        self.print_message(f"{token.token_id} {'was already' if was_disabled else 'is now'} disabled.")

    def print_message(self, message: str) -> None:
        """Write to stderr, so that stdout contains only what scripts read."""
        self.stderr.write(message, lambda text: text)


def row(token: AccessToken) -> tuple[str, ...]:
    return (
        token.label,
        token.masked,
        token.token_id,
        token.scope_role.label,
        ", ".join(status.label for status in token.statuses()),
        _format(token.created_at),
        _format(token.expires_at) or "Not specified",
        _format(token.last_used_at) or "Never",
    )


def _format(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC" if instant else ""


def find_workspace(slug: str) -> Workspace:
    """Raises: CommandError."""
    workspace = Workspace.objects.filter(slug=slug).first()
    if workspace is None:
        raise CommandError(f"There is no workspace “{redact(slug)}”. Give the slug in its URL.")
    return workspace


def find_creator(email: str, workspace: Workspace) -> User:
    """Raises: CommandError, if no member of the workspace has this e-mail."""
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        raise CommandError(f"There is no user with the e-mail “{redact(email)}”.")
    if not workspace.memberships.filter(user=user).exists():
        raise CommandError(f"{user.email} is not a member of {workspace.slug}. Choose a member as the creator.")
    return user


def find_token(text: str) -> AccessToken:
    """Find a token by its key ID or token ID, or by the whole token, for example a leaked one.

    Raises: CommandError, with a message that contains no secret.
    """
    key_id = token_format.parse_key_id(text) or text.rpartition("_")[2]
    token = AccessToken.objects.select_related("workspace").filter(key_id=key_id).first()
    if token is None or ("@" in text and text != token.token_id):
        raise CommandError(f"There is no access token “{redact(text)}”. Give its key ID or token ID.")
    return token


def parse_scope(name: str) -> Role:
    """Raises: CommandError."""
    try:
        return Role.from_api_name(name)
    except KeyError as error:
        raise CommandError(f"There is no scope “{redact(name)}”. Choose one of {SCOPES}.") from error


def parse_expiry(text: str) -> datetime | None:
    """Return the end of a day in UTC, or None for `never`.

    Raises: CommandError.
    """
    if text == "never":
        return None
    try:
        return expiry.end_of_day(date.fromisoformat(text))
    except ValueError as error:
        raise CommandError(f"“{redact(text)}” is not a date. Write it as YYYY-MM-DD, or “never”.") from error
