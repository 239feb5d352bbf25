from datetime import timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone

from access_tokens.models import AccessToken
from access_tokens.views.token_list import TOKENS
from tests.access_tokens.views.console_client import HTMX
from tests.factories import AccessTokenFactory, expired
from workspaces.pagination import numbered
from workspaces.permissions import Role

SEARCH_RESULTS = 60
SEEN = "/workspace/acme/access-tokens?q=runner&sort=label"


@pytest.fixture
def tokens(acme):
    now = timezone.now()
    AccessTokenFactory(workspace=acme, label="Soon", scope=Role.OWNER, expires_at=now + timedelta(days=14, minutes=-1))
    AccessTokenFactory(workspace=acme, label="Later", expires_at=now + timedelta(days=14, minutes=1))
    AccessTokenFactory(workspace=acme, label="Never", disabled_at=now)
    AccessTokenFactory(workspace=acme, label="Over", scope=Role.OWNER, **expired())
    AccessTokenFactory(label="Elsewhere")


def labels(response):
    return [row.record.label for row in response.context["table"].rows]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"Soon", "Later", "Never", "Over"}),
        ({"expires": "soon"}, {"Soon"}),
        ({"expires": "later"}, {"Later"}),
        ({"expires": "past"}, {"Over"}),
        ({"expires": "never"}, {"Never"}),
        ({"expires": "nonsense"}, {"Soon", "Later", "Never", "Over"}),
        ({"scope": "owner"}, {"Soon", "Over"}),
        ({"scope": "owner", "expires": "soon"}, {"Soon"}),
        ({"status": "disabled"}, {"Never"}),
        ({"status": "active"}, {"Soon", "Later"}),
        ({"q": "over", "scope": "owner"}, {"Over"}),
        ({"q": "elsewhere"}, set()),
        ({"expires_before": "0001-01-01T00:00:00+14:00"}, {"Soon", "Later", "Never", "Over"}),
        ({"created_after": "9999-12-31T23:59:59-12:00"}, {"Soon", "Later", "Never", "Over"}),
        ({"q": "a\0b"}, {"Soon", "Later", "Never", "Over"}),
    ],
)
def test_filters_are_combined_and_invalid_ones_ignored(owner, tokens, query, found):
    assert set(labels(owner.get("list", query=query))) == found


@pytest.mark.parametrize("sort", ["label", "key_id", "scope", "created_at", "expires_at", "id", "created_by", "status"])
def test_descending_sort_is_the_reverse_of_ascending(owner, tokens, sort):
    ascending = labels(owner.get("list", query={"sort": sort}))
    assert labels(owner.get("list", query={"sort": f"-{sort}"})) == ascending[::-1]


@pytest.fixture
def many_tokens(acme):
    for number in range(SEARCH_RESULTS + 5):
        label = f"Nightly {number % 7}" if number < SEARCH_RESULTS else f"Other {number}"
        AccessTokenFactory(workspace=acme, label=label, scope=list(Role)[number % 5])
    return acme


def search(workspace, query):
    _, _, page = TOKENS.find_page(workspace.access_tokens.select_related("creator"), QueryDict(query))
    return page


@pytest.mark.parametrize("few", [1, SEARCH_RESULTS - 1, SEARCH_RESULTS, 1000])
@pytest.mark.parametrize("sort", ["label", "-label", "status", "-created_at"])
def test_pages_of_a_search_are_those_of_a_plain_query(many_tokens, monkeypatch, few, sort):
    monkeypatch.setattr(numbered, "MAX_SORTED_MATCHES", few)
    nightly = AccessToken.objects.filter(workspace=many_tokens, label__startswith="Nightly")
    pages = [search(many_tokens, f"q=nightly&sort={sort}&page={number}") for number in (1, 2, 3)]
    assert [token for page in pages for token in page] == list(TOKENS.table.sort_queryset(nightly, sort))
    assert {page.paginator.count for page in pages} == {SEARCH_RESULTS}


@pytest.mark.parametrize("few", [1, 1000])
def test_page_beyond_the_last_page_of_a_search_is_the_last_page(many_tokens, monkeypatch, few):
    monkeypatch.setattr(numbered, "MAX_SORTED_MATCHES", few)
    page = search(many_tokens, "q=nightly&page=99")
    assert (page.number, len(page)) == (3, SEARCH_RESULTS - 50)
    empty = search(many_tokens, "q=no such&page=4")
    assert (empty.number, len(empty), empty.paginator.count) == (1, 0, 0)


@pytest.mark.same_on_each_database
@pytest.mark.parametrize("page", ["0", "-5", "x", "1.5", ""])
def test_page_before_the_first_is_the_first_page(owner, acme, page):
    AccessTokenFactory.create_batch(26, workspace=acme)
    assert owner.get("list", query={"page": page}).context["table"].page.number == 1


@pytest.mark.same_on_each_database
def test_page_after_the_last_is_the_last_page(owner, acme):
    AccessTokenFactory.create_batch(26, workspace=acme)
    assert owner.get("list", query={"page": "99"}).context["table"].page.number == 2


@pytest.mark.same_on_each_database
@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ({"chosen": "1", "columns": ["label", "id"]}, {"label", "id"}),
        ({"chosen": "1"}, set()),
        ({"chosen": "1", "columns": ["label", "status", "digest"]}, {"label"}),
    ],
)
def test_chosen_columns_are_stored_and_unknown_ones_ignored(owner, token, data, shown):
    response = owner.post("columns", data=data, from_page=SEEN)
    assert response.url == SEEN
    assert set(owner.get("list").context["table"].columns.names()) == shown | {"status"}


@pytest.mark.same_on_each_database
def test_reset_restores_the_default_columns(owner, token):
    owner.post("columns", data={"chosen": "1"})
    owner.post("columns", data={"reset": "1"})
    assert len(list(owner.get("list").context["table"].columns.names())) == 7


@pytest.mark.same_on_each_database
@pytest.mark.parametrize("headers", [{}, HTMX, {**HTMX, "HX-History-Restore-Request": "true"}])
def test_list_varies_by_the_headers_of_htmx(owner, token, headers):
    response = owner.get("list", headers=headers)
    varies = {name.strip().lower() for name in response.headers["Vary"].split(",")}
    assert {"hx-request", "hx-history-restore-request", "cookie"} <= varies
    assert ("<html" in response.text) == (headers != HTMX)
    assert 'id="tokens"' in response.text


@pytest.mark.same_on_each_database
def test_list_links_to_help_with_and_without_tokens(owner, token):
    with_tokens = owner.get("list").text
    token.delete()
    without_tokens = owner.get("list").text
    for name in ("using", "managing", "security"):
        assert f'href="/workspace/acme/help/{name}"' in with_tokens
        assert f'href="/workspace/acme/help/{name}"' in without_tokens
    assert 'href="/workspace/acme/help/creating"' in without_tokens
