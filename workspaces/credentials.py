"""The extension point for credentials of a workspace.

Invitations, members and the purge depend on access tokens, which belong to an app above this one. That app subclasses
`Credentials`, and the setting WORKSPACES_CREDENTIALS names the subclass.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Value
from django.db.models.expressions import Combinable
from django.utils.module_loading import import_string

if TYPE_CHECKING:  # models use this module
    from workspaces.actors import Actor
    from workspaces.models import Membership, Workspace


class CredentialPreview(Protocol):
    """The number of credentials that a change affects, and the first of them to show."""

    @property
    def count(self) -> int: ...
    @property
    def shown(self) -> Sequence[Any]: ...
    @property
    def template(self) -> str:
        """The template that lists them, included with this preview as `tokens`, `member` and `can_disable`.

        Its checkboxes are named `disable` (with the public ID of one of them) and `disable_all`.
        """


class Credentials:
    """What this app asks about the credentials of workspaces. This base class stands for a project without any."""

    def active_scope(self, pk: OuterRef) -> Combinable:
        """Return an expression for the scope (a role) of a credential, or for null if it does not authenticate now."""
        return Value(None, models.PositiveSmallIntegerField(null=True))

    def count_in_workspace(self, workspace: OuterRef) -> Combinable:
        """Return an expression for the number of credentials in a workspace."""
        return Value(0)

    def count_created_by(self, user: OuterRef, workspace: OuterRef) -> Combinable:
        """Return an expression for the number of credentials that a user created in a workspace."""
        return Value(0)

    def count_by_scope(self, workspace: "Workspace") -> Mapping[int, int]:
        """Return the number of a workspace's credentials for each scope (a role) that any of them has."""
        return {}

    def usable_created_by(self, membership: "Membership") -> CredentialPreview | None:
        """Return the usable credentials that a leaving member leaves behind, or None."""
        return None

    def disable_created_by(self, membership: "Membership", ids: Collection[str], *, by: "Actor") -> int:
        """Disable the usable credentials with these public IDs that a member created, and return how many.

        Raises: NotAllowed.
        """
        return 0

    def disable_next_created_by(self, membership: "Membership", *, by: "Actor") -> int:
        """Disable the next batch of all usable credentials that a member created, and return how many.

        Raises: NotAllowed.
        """
        return 0

    def list_url(self, workspace: "Workspace") -> str:
        """Return the URL of the page that lists a workspace's credentials and searches them by `q`."""
        return ""

    def delete_all(self, workspace: "Workspace") -> None:
        """Delete all credentials of a workspace that is about to be purged, in batches with a transaction each."""


def get_credentials() -> Credentials:
    """Return an instance of the class that WORKSPACES_CREDENTIALS names."""
    credentials: Credentials = import_string(settings.WORKSPACES_CREDENTIALS)()
    return credentials
