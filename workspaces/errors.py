"""Errors that operations raise. Their messages are shown to the person or API client that made the request."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import PermissionDenied, ValidationError

from workspaces.permissions import Role


class NotAllowed(PermissionDenied):
    """The actor lacks a permission. `required_role` is the lowest role that has it, or None if no role does."""

    def __init__(self, message: str, *, required_role: Role | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.required_role = required_role


class Conflict(Exception):
    """The current state forbids the change, for example because a name is in use."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class WorkspaceDeleted(Conflict):
    """The change is in a deleted workspace, which is read-only until an Owner restores it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is deleted. An Owner must restore it before anything in it can be changed.")


@contextmanager
def field_errors(field: str) -> Iterator[None]:
    """Assign validation errors to a field."""
    try:
        yield
    except ValidationError as error:
        raise ValidationError({field: error}) from error
