"""Helpers for tests of operations."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.forms.models import model_to_dict

from access_tokens.models import AccessToken
from tests.factories import IssuedToken
from workspaces.errors import NotAllowed
from workspaces.models import Event
from workspaces.permissions import MINIMUM_ROLE, Permission, Role


def only_event() -> Event:
    """Return the one event in the database."""
    return Event.objects.get()


def assert_no_secret_in_events(token: IssuedToken) -> None:
    for event in Event.objects.all():
        content = json.dumps(model_to_dict(event), default=str)
        assert token.secret not in content
        assert token.plaintext[: len(token.plaintext) // 2] not in content


@contextmanager
def unchanged() -> Iterator[None]:
    """Assert that the block changes no token and records no event."""
    tokens, events = list(AccessToken.objects.order_by("pk").values()), Event.objects.count()
    yield
    assert list(AccessToken.objects.order_by("pk").values()) == tokens
    assert Event.objects.count() == events


def assert_not_allowed(operation, *args, required_role: Role | None, **kwargs) -> None:
    """Assert that the operation raises NotAllowed with this role and changes nothing."""
    with unchanged(), pytest.raises(NotAllowed) as error:
        operation(*args, **kwargs)
    assert error.value.required_role == required_role
    if required_role:
        assert required_role.label in error.value.message


def assert_requires(permission: Permission, role: Role, operation, *args, **kwargs) -> None:
    """Assert that the operation succeeds with the permission, and is not allowed without it."""
    if role >= MINIMUM_ROLE[permission]:
        operation(*args, **kwargs)
    else:
        assert_not_allowed(operation, *args, required_role=MINIMUM_ROLE[permission], **kwargs)
