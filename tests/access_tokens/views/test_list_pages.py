"""Pages of a search hold what a plain query would, be the matches few or many."""

import pytest
from django.http import QueryDict

from access_tokens.models import AccessToken
from access_tokens.views.token_list import TOKENS, tokens_of
from tests.factories import AccessTokenFactory
from workspaces.pagination import numbered
from workspaces.permissions import Role

FOUND = 60


@pytest.fixture
def tokens(acme):
    for number in range(FOUND + 5):
        label = f"Nightly {number % 7}" if number < FOUND else f"Other {number}"
        AccessTokenFactory(workspace=acme, label=label, scope=Role.values[number % len(Role)])
    return acme


def look(workspace, address):
    _, _, page = TOKENS.find_page(tokens_of(workspace), QueryDict(address))
    return page


@pytest.mark.parametrize("few", [1, FOUND - 1, FOUND, 1000])
@pytest.mark.parametrize("sort", ["label", "-label", "status", "-created_at"])
def test_each_page_of_a_search_is_that_of_a_plain_query(tokens, monkeypatch, few, sort):
    monkeypatch.setattr(numbered, "FEW", few)
    plain = TOKENS.table.sort_queryset(AccessToken.objects.filter(workspace=tokens, label__startswith="Nightly"), sort)
    pages = [look(tokens, f"q=nightly&sort={sort}&page={number}") for number in (1, 2, 3)]
    assert [token for page in pages for token in page] == list(plain)
    assert {page.paginator.count for page in pages} == {FOUND}


@pytest.mark.parametrize("few", [1, 1000])
def test_beyond_the_last_page_of_a_search_is_the_last(tokens, monkeypatch, few):
    monkeypatch.setattr(numbered, "FEW", few)
    page = look(tokens, "q=nightly&page=99")
    assert (page.number, len(page)) == (3, FOUND - 50)
    nothing = look(tokens, "q=no such&page=4")
    assert (nothing.number, len(nothing), nothing.paginator.count) == (1, 0, 0)
