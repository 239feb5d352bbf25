"""A member's browser in the console, on top of Django's test client."""

import re
import time
from dataclasses import dataclass
from html import unescape

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY, record_authentication
from django.contrib.messages import get_messages
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
    """A signed-in member. `get` and `post` take the name of a view and, for views of one object, the object.

    View names without a namespace are those of `access_tokens`.
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
    """Return a browser whose user confirmed their password this many minutes ago."""
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
    """Return what the form of a new token sends."""
    return {"label": "Nightly backup", "scope": Role.VIEWER.value, "expires": "1m", "custom_date": "", **changes}


def page_text(response) -> str:
    """Return the text of a page as people read it: without tags, with single spaces."""
    text = " ".join(unescape(re.sub(r"<[^>]*>", " ", response.text)).split())
    return re.sub(r" ([,.:])", r"\1", text)


def toasts(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]
