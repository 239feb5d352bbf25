"""`manage.py latchkey_token`: access tokens from a shell, for bootstrapping, by the operations of the console."""

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

BY = Actor.command("manage.py latchkey_token")
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
    help = "Create, list or disable access tokens from a shell. Each change writes an event."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        kwargs = {"epilog": EXAMPLES, "formatter_class": RawDescriptionHelpFormatter, **kwargs}
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="create|list|disable")
        create = verbs.add_parser("create", help="make a token; it alone is printed on stdout, this once")
        create.add_argument("--workspace", required=True, metavar="SLUG", help="the workspace it is to belong to")
        create.add_argument("--label", required=True, metavar="TEXT", help="what it is for, 1 to 100 characters")
        create.add_argument("--scope", required=True, metavar="SCOPE", help=f"the role it acts with: {SCOPES}")
        create.add_argument("--creator", required=True, metavar="EMAIL", help="the member who counts as its creator")
        create.add_argument(
            "--expires",
            default="never",
            metavar="YYYY-MM-DD",
            help="the last day on which it works, in UTC, or never, where that is allowed (default: %(default)s)",
        )
        listing = verbs.add_parser("list", help="show a workspace's tokens, masked, newest first")
        listing.add_argument("--workspace", required=True, metavar="SLUG", help="the workspace they belong to")
        disable = verbs.add_parser("disable", help="stop a token from the next call on; it can be enabled again")
        disable.add_argument("token", metavar="KEY_ID|TOKEN_ID", help="for example 7fK2mQ9xLp, or the id of the list")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            match options["verb"]:
                case "create":
                    self.create(options)
                case "list":
                    self.list(find_workspace(options["workspace"]))
                case "disable":
                    self.disable(find_token(options["token"]))
        except (Conflict, NotAllowed) as refusal:
            raise CommandError(refusal.message) from refusal
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error

    def create(self, options: dict[str, Any]) -> None:
        workspace = find_workspace(options["workspace"])
        token, plaintext = operations.create(
            workspace,
            by=BY,
            label=options["label"],
            scope=parse_scope(options["scope"]),
            expires_at=parse_expiry(options["expires"]),
            creator=find_creator(options["creator"], workspace),
        )
        self.say(f"Created {token.token_id} in {workspace.slug}, expires {_day(token.expires_at, 'never')}. Keep it:")
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
        token = operations.disable(token, by=BY)
        self.say(f"{token.token_id} was disabled already." if was_disabled else f"{token.token_id} is disabled.")

    def say(self, words: str) -> None:
        """To people, on stderr: stdout is for what is piped."""
        self.stderr.write(words, lambda text: text)


def row(token: AccessToken) -> tuple[str, ...]:
    return (
        token.label,
        token.masked,
        token.token_id,
        token.scope_role.label,
        ", ".join(state.label for state in token.statuses()),
        _day(token.created_at, ""),
        _day(token.expires_at, "Not specified"),
        _day(token.last_used_at, "Never"),
    )


def _day(instant: datetime | None, otherwise: str) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC" if instant else otherwise


def find_workspace(slug: str) -> Workspace:
    """Raises: CommandError."""
    workspace = Workspace.objects.filter(slug=slug).first()
    if workspace is None:
        raise CommandError(f"There is no workspace “{redact(slug)}”.")
    return workspace


def find_creator(email: str, workspace: Workspace) -> User:
    """Raises: CommandError, if nobody has this e-mail, or they are no member of `workspace`."""
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        raise CommandError(f"There is no user with the e-mail “{redact(email)}”.")
    if not workspace.memberships.filter(user=user).exists():
        raise CommandError(f"{user.email} is no member of {workspace.slug}. Name a member as the creator.")
    return user


def find_token(given: str) -> AccessToken:
    """By key id, by token id or, since that is what one has of a leaked one, by the whole token.

    Raises: CommandError, which does not repeat a token.
    """
    key_id = token_format.parse_key_id(given) or given.rpartition("_")[2]
    token = AccessToken.objects.select_related("workspace").filter(key_id=key_id).first()
    if token is None or ("@" in given and given != token.token_id):
        raise CommandError(f"There is no access token “{redact(given)}”. Give its key id or its token id.")
    return token


def parse_scope(name: str) -> Role:
    """Raises: CommandError."""
    try:
        return Role.from_api_name(name)
    except KeyError as error:
        raise CommandError(f"There is no scope “{redact(name)}”. Use one of {SCOPES}.") from error


def parse_expiry(text: str) -> datetime | None:
    """The end of that day in UTC, None for `never`.

    Raises: CommandError.
    """
    if text == "never":
        return None
    try:
        return expiry.end_of_day(date.fromisoformat(text))
    except ValueError as error:
        raise CommandError(f"“{redact(text)}” is no date. Use YYYY-MM-DD, or never.") from error
