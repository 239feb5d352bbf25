"""What the tests of all operations ask for."""

import json

import pytest
from django.forms.models import model_to_dict

from access_tokens.models import AccessToken
from workspaces.errors import NotAllowed
from workspaces.models import Event
from workspaces.permissions import MINIMUM_ROLE, Permission, Role

ROLES = pytest.mark.parametrize("role", Role, ids=lambda role: role.api_name)


def only_event() -> Event:
    """The one event that was written. No test of an operation leaves others."""
    return Event.objects.get()


def assert_no_secret_in_events(made) -> None:
    for event in Event.objects.all():
        words = json.dumps(model_to_dict(event), default=str)
        assert made.secret not in words
        assert made.plaintext[: len(made.plaintext) // 2] not in words


class Unchanged:
    """Asserts that a refusal left every token as it was, and no event."""

    def __enter__(self):
        self.tokens = list(AccessToken.objects.order_by("pk").values())
        self.events = Event.objects.count()

    def __exit__(self, kind, error, traceback):
        assert list(AccessToken.objects.order_by("pk").values()) == self.tokens
        assert Event.objects.count() == self.events


def assert_refused(operation, *args, required_role: Role | None, **kwargs) -> None:
    """The operation raises NotAllowed, tells the role that is required_role, and changes nothing."""
    with Unchanged(), pytest.raises(NotAllowed) as refused:
        operation(*args, **kwargs)
    assert refused.value.required_role == required_role
    if required_role:
        assert required_role.label in refused.value.message


def assert_needs(permission: Permission, role: Role, operation, *args, **kwargs) -> None:
    """Who has the permission may; who has not is told which role is required_role."""
    if role >= MINIMUM_ROLE[permission]:
        operation(*args, **kwargs)
    else:
        assert_refused(operation, *args, required_role=MINIMUM_ROLE[permission], **kwargs)
