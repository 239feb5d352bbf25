from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access_tokens.models import SORT_KEYS, AccessToken
from tests.factories import UserFactory, WorkspaceFactory, make_token
from workspaces.permissions import Role

pytestmark = pytest.mark.django_db
TOKENS = "/api/v1/workspaces/acme/access-tokens"
START = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def caller(acme):
    """Older than all the others, so that it comes last."""
    return make_token(acme, label="caller", created_at=START - timedelta(days=1))


def fill(workspace, count, at=START, step=timedelta(seconds=1)):
    creator = UserFactory()
    fields = {"has_encrypted_copy": False, "creator": creator}
    return [make_token(workspace, label=str(n), created_at=at + n * step, **fields).row for n in range(count)]


def labels(page):
    return [item["label"] for item in page["items"]]


def walk(api, caller, limit, between=lambda page: None):
    page = api.get(TOKENS, caller, data={"limit": limit}).json()
    seen = labels(page)
    while page["next"]:
        between(page)
        page = api.get(TOKENS, caller, data={"limit": limit, "cursor": page["next"]}).json()
        seen += labels(page)
    return seen


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6, 7, 100])
@pytest.mark.parametrize("step", [timedelta(0), timedelta(microseconds=1), timedelta(days=1)])
def test_every_token_is_listed_once_newest_first_with_any_page_size(api, acme, caller, limit, step):
    fill(acme, 5, step=step)
    assert walk(api, caller, limit) == ["4", "3", "2", "1", "0", "caller"]


def test_next_is_null_on_the_last_page(api, acme, caller):
    fill(acme, 1)
    assert api.get(TOKENS, caller, data={"limit": 2}).json()["next"] is None
    assert api.get(TOKENS, caller, data={"limit": 1}).json()["next"]


def test_pages_are_stable_while_tokens_are_created_and_deleted(api, acme, caller):
    fill(acme, 6)
    seen_last = []

    def come_and_go(page):
        last = page["items"][-1]["key_id"]
        seen_last.append(last)
        AccessToken.objects.filter(key_id=last).delete()
        AccessToken.objects.filter(label="1").delete()
        fill(acme, 2, at=START + timedelta(hours=len(seen_last)))

    assert walk(api, caller, 2, between=come_and_go) == ["5", "4", "3", "2", "0", "caller"]


@pytest.mark.parametrize("sort", SORT_KEYS)
@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("limit", [1, 2, 5])
def test_every_token_is_listed_once_in_each_order(api, acme, caller, sort, sign, limit):
    fill(acme, 4, step=timedelta(0))
    rows = AccessToken.objects.order_by("pk")
    rows.filter(label="1").update(expires_at=START + timedelta(days=900), last_used_at=START)
    rows.filter(label="2").update(expires_at=START + timedelta(days=800), disabled_at=START, scope=Role.OWNER)
    rows.filter(label="3").update(last_used_at=START + timedelta(days=1), creator=None)
    expected = [token.label for token in rows.order_by().sorted_by(f"{sign}{sort}")]
    seen, query = [], {"limit": limit, "sort": f"{sign}{sort}"}
    while True:
        page = api.get(TOKENS, caller, data=query).json()
        seen += labels(page)
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert seen == expected
    assert len(seen) == 5


def test_tokens_without_expiry_sort_last_and_unused_tokens_first(api, acme, caller):
    ends, used = START + timedelta(days=900), START + timedelta(hours=1)
    make_token(acme, label="ends", expires_at=ends)
    make_token(acme, label="used", last_used_at=used)

    def by(sort):
        return labels(api.get(TOKENS, caller, data={"sort": sort}).json())

    assert by("expires_at")[0] == by("-expires_at")[-1] == "ends"
    assert by("-last_used_at")[0] == by("last_used_at")[-1] == "used"


def test_a_page_has_25_items_by_default(api, acme, caller):
    fill(acme, 30)
    assert len(api.get(TOKENS, caller).json()["items"]) == 25


@pytest.mark.parametrize("limit", ["0", "-1", "101", "many", "", "1.5", "9" * 30])
def test_a_limit_out_of_range_is_rejected(api, caller, limit):
    response = api.get(TOKENS, caller, data={"limit": limit})
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == ["limit"]


@pytest.mark.parametrize("spoil", [lambda c: c[:-1] + ("A" if c[-1] != "A" else "B"), lambda c: "", lambda c: "x:y:z"])
def test_an_altered_cursor_is_rejected(api, acme, caller, spoil):
    fill(acme, 3)
    cursor = api.get(TOKENS, caller, data={"limit": 1}).json()["next"]
    for altered in (spoil(cursor), "\0", "é", f"{cursor}\0", "a" * 5000):
        response = api.get(TOKENS, caller, data={"cursor": altered})
        assert response.status_code == 422
        assert [error["pointer"] for error in response.json()["errors"]] == ["cursor"]


def test_a_cursor_is_rejected_by_other_lists(api, acme, caller):
    fill(acme, 3)
    cursor = api.get(TOKENS, caller, data={"limit": 1}).json()["next"]
    elsewhere = make_token(WorkspaceFactory(slug="globex"), Role.OWNER)
    for path, token in (
        ("/api/v1/workspaces/acme/projects", caller),
        ("/api/v1/workspaces/globex/access-tokens", elsewhere),
        (f"{TOKENS}?sort=label", caller),
        (f"{TOKENS}?status=active", caller),
        ("/api/v1/workspaces", caller),
    ):
        joined = "&" if "?" in path else "?"
        assert api.get(f"{path}{joined}{urlencode({'cursor': cursor})}", token).status_code == 422


def test_tokens_of_other_workspaces_are_not_listed(api, acme, caller):
    make_token(label="theirs")
    assert walk(api, caller, 1) == ["caller"]


def test_the_number_of_queries_does_not_depend_on_the_number_of_tokens(api, acme, caller):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert api.get(TOKENS, caller, data={"limit": 100}).status_code == 200
        return len(captured)

    few = queries()
    parent = fill(acme, 1)[0]
    for _ in range(30):
        make_token(acme, has_encrypted_copy=False, parent=parent)
    assert queries() == few == 2
