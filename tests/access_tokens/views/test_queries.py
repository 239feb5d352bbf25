"""How many queries each view costs: the same for 10 tokens and for 1,000."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access_tokens.models import AccessToken
from tests.access_tokens.views.people import new_token
from tests.factories import AccessTokenFactory

# Session, person and membership are three of each; an operation's savepoints count too.
RECORDED = {
    "list": 6,
    "list by htmx": 5,
    "list, searched": 6,
    "columns": 6,
    "disable a row": 12,
    "enable a row": 11,
    "create dialog": 3,
    "create": 10,
    "label hint": 5,
    "edit dialog": 4,
    "edit": 11,
    "copy": 10,
    "delete dialog": 5,
    "settings": 7,
    "delete workspace dialog": 6,
    "help": 4,
    "help for everybody": 2,
    "API reference": 2,
    "delete": 17,
}
MANY = 1000


def visits(person, token):
    """Each view, as its reader calls it."""
    htmx = {"HX-Request": "true"}
    return {
        "list": lambda: person.get("list"),
        "list by htmx": lambda: person.get("list", headers=htmx),
        "list, searched": lambda: person.get("list", query={"q": "token", "status": "active", "sort": "-status"}),
        "columns": lambda: person.post("columns", data={"columns": ["label"]}, htmx=True),
        "disable a row": lambda: person.post("disable", token, htmx=True),
        "enable a row": lambda: person.post("enable", token, htmx=True),
        "create dialog": lambda: person.get("create", headers=htmx),
        "create": lambda: person.post("create", data=new_token(), htmx=True),
        "label hint": lambda: person.get("label_hint", query={"label": "CI runner"}, headers=htmx),
        "edit dialog": lambda: person.get("edit", token, headers=htmx),
        "edit": lambda: person.post("edit", token, new_token(label="Other", expires="keep"), htmx=True),
        "copy": lambda: person.post("copy", token, htmx=True),
        "delete dialog": lambda: person.get("delete", token, headers=htmx),
        "settings": lambda: person.get("settings"),
        "delete workspace dialog": lambda: person.get("delete_workspace", headers=htmx),
        "help": lambda: person.client.get("/workspace/acme/help/using"),
        "help for everybody": lambda: person.client.get("/help/errors"),
        "API reference": lambda: person.client.get("/api/v1/docs"),
        "delete": lambda: person.post("delete", token, htmx=True),
    }


def counted(person, token):
    """Not the first page in a while, which also notes the visit."""
    person.get("list")
    counts = {}
    for name, visit in visits(person, token).items():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert visit().status_code == 200, name
        counts[name] = len(queries)
    return counts


@pytest.mark.parametrize("number", [10, MANY])
def test_each_view_costs_the_recorded_number_of_queries(owner, acme, token, number):
    AccessToken.objects.bulk_create(
        AccessTokenFactory.build_batch(number - 1, workspace=acme, creator=owner.user), batch_size=500
    )
    assert counted(owner, token) == RECORDED
