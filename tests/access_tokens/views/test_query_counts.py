"""Tests of the number of queries of each view, with 10 and with 1,000 tokens, and of the size of the list."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access_tokens.models import AccessToken
from access_tokens.tables import AccessTokenTable
from tests.access_tokens.views.console_client import new_token
from tests.factories import AccessTokenFactory
from workspaces.pagination.numbered import MAX_SORTED_MATCHES

# Three of each read the session, the user and the membership. Savepoints don't count.
QUERIES = {
    "list": 7,
    "list by htmx": 6,
    "list, searched": 7,
    "columns": 6,
    "disable a row": 8,
    "enable a row": 8,
    "create dialog": 3,
    "create": 8,
    "label hint": 4,
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
WITH_MANY_RESULTS = {"list, searched": 8}
"""The number of many search results takes another query."""
MANY = 1000
PAGE = 25
MAX_LIST_QUERIES, MAX_ROW_QUERIES = 10, 8
MAX_PAGE_BYTES, MAX_ROW_BYTES = 15_000, 3_000
"""Compressed."""


def visits(person, token):
    """Return a request to each view, in the order in which they are made."""
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


def count_queries(visit):
    with CaptureQueriesContext(connection) as queries:
        assert visit().status_code == 200
    return sum(not query["sql"].startswith(("SAVEPOINT", "RELEASE")) for query in queries)


def count_queries_of_all(person, token):
    """Count after the first page of the visit, which also updates `last_seen_at`."""
    person.get("list")
    return {name: count_queries(visit) for name, visit in visits(person, token).items()}


def create_tokens(number, acme, owner):
    tokens = AccessTokenFactory.build_batch(number, workspace=acme, creator=owner.user)
    AccessToken.objects.bulk_create(tokens, batch_size=500)


@pytest.mark.parametrize("number", [10, MANY])
def test_number_of_queries_of_each_view_does_not_depend_on_the_number_of_tokens(owner, acme, token, number):
    create_tokens(number - 1, acme, owner)
    assert count_queries_of_all(owner, token) == QUERIES | (WITH_MANY_RESULTS if number > MAX_SORTED_MATCHES else {})


def test_list_and_row_updates_stay_within_their_limits():
    most = {**QUERIES, **WITH_MANY_RESULTS}
    assert max(cost for name, cost in most.items() if name.startswith(("list", "columns"))) <= MAX_LIST_QUERIES
    assert max(cost for name, cost in most.items() if name.endswith("a row")) <= MAX_ROW_QUERIES


def test_changing_columns_or_a_row_does_not_count_the_list(owner, acme, token):
    create_tokens(MANY - 1, acme, owner)
    owner.get("list")
    for name in ("columns", "disable a row", "enable a row"):
        with CaptureQueriesContext(connection) as queries:
            visits(owner, token)[name]()
        assert not [query for query in queries if "COUNT" in query["sql"]], name


def test_page_and_row_are_small_when_compressed(owner, acme, token):
    create_tokens(PAGE, acme, owner)
    owner.post("columns", data={"columns": list(AccessTokenTable.optional_columns())})
    zipped = {"Accept-Encoding": "gzip"}
    page = owner.get("list", headers=zipped)
    assert len(page.context["table"].rows) == PAGE
    assert page["Content-Encoding"] == "gzip"
    assert len(page.content) <= MAX_PAGE_BYTES
    assert len(owner.post("disable", token, htmx=True, headers=zipped).content) <= MAX_ROW_BYTES
