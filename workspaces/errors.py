"""What an operation raises when it can't be done. The words are meant for the person or client who tried."""

from django.core.exceptions import PermissionDenied

from workspaces.permissions import Role


class NotAllowed(PermissionDenied):
    """The actor lacks power. `required_role` is the least role that would do, None where no role would."""

    def __init__(self, message: str, *, required_role: Role | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.required_role = required_role


class Conflict(Exception):
    """The change contradicts the present state: the last Owner, a name already in use, a role still held."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class WorkspaceDeleted(Conflict):
    """Nothing is changed in a workspace that is deleted, but that it may be brought back."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is deleted. Nothing in it can be changed, unless it is brought back.")
