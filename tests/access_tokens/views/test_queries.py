"""How many queries each view costs, the same for 10 tokens and for 1,000, and how many bytes the list does."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access_tokens.models import AccessToken
from access_tokens.tables import AccessTokenTable
from tests.access_tokens.views.console_client import new_token
from tests.factories import AccessTokenFactory
from workspaces.pagination.numbered import FEW

# Session, person and membership are three of each. What begins and ends a transaction asks for nothing.
RECORDED = {
    "list": 7,
    "list by htmx": 6,
    "list, searched": 7,
    "columns": 6,
    "disable a row": 8,
    "enable a row": 8,
    "create dialog": 3,
    "create": 8,
    "label hint": 5,
    "edit dialog": 4,
    "edit": 9,
    "copy": 8,
    "delete dialog": 5,
    "settings": 7,
    "delete workspace dialog": 6,
    "help": 4,
    "help for everybody": 2,
    "API reference": 2,
    "delete": 14,
}
FINDS_MANY = {"list, searched": 8}
"""Of many that a search finds, their number is another query."""
MANY = 1000
PAGE = 25
LIST_QUERIES, ROW_QUERIES = 10, 8
PAGE_BYTES, ROW_BYTES = 15_000, 3_000
"""As they are sent, compressed."""


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
        "label hint": lambda: person.get("check_label", query={"label": "CI runner"}, headers=htmx),
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


def asked(visit):
    """The number of queries of a visit."""
    with CaptureQueriesContext(connection) as queries:
        assert visit().status_code == 200
    return sum(not query["sql"].startswith(("SAVEPOINT", "RELEASE")) for query in queries)


def counted(person, token):
    """Not the first page in a while, which also notes the visit."""
    person.get("list")
    return {name: asked(visit) for name, visit in visits(person, token).items()}


def more_tokens(number, acme, owner):
    tokens = AccessTokenFactory.build_batch(number, workspace=acme, creator=owner.user)
    AccessToken.objects.bulk_create(tokens, batch_size=500)


@pytest.mark.parametrize("number", [10, MANY])
def test_each_view_costs_the_recorded_number_of_queries(owner, acme, token, number):
    more_tokens(number - 1, acme, owner)
    assert counted(owner, token) == RECORDED | (FINDS_MANY if number > FEW else {})


def test_a_list_and_the_swap_of_a_row_stay_within_their_limits():
    most = {**RECORDED, **FINDS_MANY}
    assert max(cost for name, cost in most.items() if name.startswith(("list", "columns"))) <= LIST_QUERIES
    assert max(cost for name, cost in most.items() if name.endswith("a row")) <= ROW_QUERIES


def test_neither_columns_nor_a_row_count_the_list_again(owner, acme, token):
    more_tokens(MANY - 1, acme, owner)
    owner.get("list")
    for name in ("columns", "disable a row", "enable a row"):
        with CaptureQueriesContext(connection) as queries:
            visits(owner, token)[name]()
        assert not [query for query in queries if "COUNT" in query["sql"]], name


def test_a_page_and_a_row_are_small_on_the_wire(owner, acme, token):
    more_tokens(PAGE, acme, owner)
    owner.post("columns", data={"columns": list(AccessTokenTable.optional_columns())})
    zipped = {"Accept-Encoding": "gzip"}
    page = owner.get("list", headers=zipped)
    assert len(page.context["table"].rows) == PAGE
    assert page["Content-Encoding"] == "gzip"
    assert len(page.content) <= PAGE_BYTES
    assert len(owner.post("disable", token, htmx=True, headers=zipped).content) <= ROW_BYTES
