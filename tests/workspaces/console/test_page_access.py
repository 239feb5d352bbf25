"""When members were last seen."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.access_tokens.views.console_client import sign_in
from tests.factories import MembershipFactory, UserFactory, WorkspaceFactory
from workspaces.models import Membership
from workspaces.permissions import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return UserFactory()


@pytest.fixture
def acme(ada):
    return MembershipFactory(user=ada, workspace=WorkspaceFactory(slug="acme"))


@pytest.fixture
def browser(ada):
    return sign_in(ada)


def seen(membership):
    return Membership.objects.get(pk=membership.pk).last_seen_at


def visit(browser, slug="acme"):
    assert browser.get(f"/workspace/{slug}/access-tokens").status_code == 200


def test_visit_is_recorded(acme, browser):
    assert seen(acme) is None
    visit(browser)
    assert timezone.now() - seen(acme) < timedelta(minutes=1)


def test_visit_of_a_forbidden_page_is_recorded(acme, browser):
    Membership.objects.update(role=Role.VIEWER)
    assert browser.get("/workspace/acme/access-tokens/new").status_code == 403
    assert seen(acme)


def test_visit_within_five_minutes_of_the_last_one_writes_nothing(acme, browser):
    visit(browser)
    first = seen(acme)
    with CaptureQueriesContext(connection) as queries:
        visit(browser)
    assert not [query["sql"] for query in queries if query["sql"].startswith(("UPDATE", "INSERT", "SAVEPOINT"))]
    assert seen(acme) == first


def test_visit_after_five_minutes_is_recorded_again(acme, browser):
    visit(browser)
    past = timezone.now() - timedelta(minutes=6)
    Membership.objects.update(last_seen_at=past)
    visit(browser)
    assert seen(acme) > past


def test_visit_after_another_workspace_is_recorded_at_once(ada, acme, browser):
    other = MembershipFactory(user=ada, workspace=WorkspaceFactory(slug="other"))
    for slug, here, there in (("acme", acme, other), ("other", other, acme), ("acme", acme, other)):
        visit(browser, slug)
        assert seen(there) is None or seen(here) > seen(there)


def test_visit_of_a_non_member_is_not_recorded(acme):
    stranger = MembershipFactory()
    assert sign_in(stranger.user).get("/workspace/acme/access-tokens").status_code == 404
    assert seen(acme) is seen(stranger) is None
