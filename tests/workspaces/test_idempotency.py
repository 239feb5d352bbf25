"""A creation that is asked for twice under one key happens once."""

from datetime import timedelta
from hashlib import sha256

import pytest
import time_machine
from django.utils import timezone

from tests.factories import WorkspaceFactory
from workspaces.idempotency import GIVEN_UP_AFTER, KeyReused, Repeated, RequestInProgress, once
from workspaces.models import IdempotencyKey, Workspace

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def make():
    return WorkspaceFactory(slug="acme")


def ask(make=make, *, key="k", holder="member:1", fingerprint=""):
    return once(make, public_id=lambda workspace: workspace.slug, holder=holder, key=key, fingerprint=fingerprint)


def test_the_second_time_it_is_told_what_the_first_made():
    ask()
    with pytest.raises(Repeated) as repeated:
        ask()
    assert repeated.value.made == "acme"
    assert Workspace.objects.count() == 1


def test_without_a_key_it_is_done_each_time():
    for slug in ("one", "two"):
        ask(lambda slug=slug: WorkspaceFactory(slug=slug), key="")
    assert Workspace.objects.count() == 2
    assert not IdempotencyKey.objects.exists()


def test_nobody_meets_the_key_of_somebody_else():
    ask()
    ask(lambda: WorkspaceFactory(slug="globex"), holder="member:2")
    assert Workspace.objects.count() == 2


def test_another_request_under_the_same_key_is_refused():
    ask(fingerprint="a")
    with pytest.raises(KeyReused):
        ask(fingerprint="b")
    assert Workspace.objects.count() == 1


def test_while_the_first_is_under_way_the_second_is_refused():
    def make_and_ask_again():
        with pytest.raises(RequestInProgress):
            ask()
        return make()

    ask(make_and_ask_again)
    assert Workspace.objects.count() == 1


def test_a_failure_frees_the_key_and_leaves_nothing():
    def fail():
        make()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        ask(fail)
    assert not Workspace.objects.exists()
    assert ask().slug == "acme"


def test_a_request_whose_process_is_gone_does_not_block_for_long():
    IdempotencyKey.objects.create(holder="member:1", key=sha256(b"k").hexdigest())
    with pytest.raises(RequestInProgress):
        ask()
    with time_machine.travel(timezone.now() + GIVEN_UP_AFTER + timedelta(seconds=1)):
        assert ask().slug == "acme"


def test_who_was_taken_for_gone_makes_nothing_after_all():
    """It took longer than anybody waits, and another one took the key over."""

    def make_late():
        with time_machine.travel(timezone.now() + GIVEN_UP_AFTER + timedelta(seconds=1)):
            ask(lambda: WorkspaceFactory(slug="globex"))
        return WorkspaceFactory(slug="late")

    with pytest.raises(RequestInProgress):
        ask(make_late)
    assert not Workspace.objects.filter(slug="late").exists()


def test_a_key_is_forgotten_after_a_day():
    ask()
    with time_machine.travel(timezone.now() + DAY + timedelta(seconds=1)):
        ask(lambda: WorkspaceFactory(slug="globex"))
    assert IdempotencyKey.objects.get().made == "globex"


def test_the_key_itself_is_not_kept():
    ask(key="lkey_" + "x" * 59)
    assert "lkey_" not in str(IdempotencyKey.objects.values().get())
