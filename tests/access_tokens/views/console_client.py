"""Members at the console, by Django's test client."""

import time
from dataclasses import dataclass

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY, record_authentication
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.models import User
from tests.factories import MembershipFactory, UserFactory
from workspaces.models import Workspace
from workspaces.permissions import Role

PASSWORD = "seven brass keys"
HTMX = {"HX-Request": "true"}


@dataclass
class ConsoleClient:
    """A member with a browser. `get` and `post` take the name of a view, and the thing that it is about, if any.

    The names are those of `access_tokens`; of `workspaces`, with that before them.
    """

    user: User
    workspace: Workspace
    client: Client

    def url(self, view: str, thing=None) -> str:
        name = view if ":" in view else f"access_tokens:{view}"
        return reverse(name, args=[self.workspace.slug, *([getattr(thing, "key_id", thing.pk)] if thing else [])])

    def get(self, view, thing=None, query=None, **kwargs):
        return self.client.get(self.url(view, thing), query, **kwargs)

    def post(self, view, thing=None, data=None, *, htmx=False, from_page="", **kwargs):
        headers = {**kwargs.pop("headers", {})}
        if htmx:
            headers |= {**HTMX, "HX-Current-URL": f"http://testserver{from_page or self.url('list')}"}
        elif from_page:
            headers["Referer"] = f"http://testserver{from_page}"
        return self.client.post(self.url(view, thing), data or {}, headers=headers, **kwargs)


def sign_in(user: User, *, minutes_ago: float = 0) -> Client:
    """A browser whose person gave their password so many minutes ago."""
    client = Client()
    client.force_login(user)
    request = RequestFactory().get("/")
    request.session, request.user = client.session, user
    record_authentication(request, user, "password", email=user.email)
    for record in request.session[AUTHENTICATION_METHODS_SESSION_KEY]:
        record["at"] = time.time() - minutes_ago * 60
    request.session.save()
    return client


def member(workspace: Workspace, role: Role = Role.OWNER, *, minutes_ago: float = 0) -> ConsoleClient:
    user = UserFactory()
    user.set_password(PASSWORD)
    user.save()
    MembershipFactory(workspace=workspace, user=user, role=role)
    return ConsoleClient(user, workspace, sign_in(user, minutes_ago=minutes_ago))


def new_token(**changes):
    """What the form of a new token sends."""
    return {"label": "Nightly backup", "scope": Role.VIEWER.value, "expires": "1m", "custom_date": "", **changes}
