from datetime import timedelta
from hashlib import sha256

import pytest
import time_machine
from django.utils import timezone

from tests.factories import WorkspaceFactory
from workspaces.idempotency import ABANDONED_AFTER, DuplicateRequest, KeyReused, RequestInProgress, run_once
from workspaces.models import IdempotencyKey, Workspace

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def create(slug="acme"):
    return WorkspaceFactory(slug=slug)


def send(operation=create, *, key="k", actor="member:1", fingerprint=""):
    return run_once(
        operation, public_id=lambda workspace: workspace.slug, actor=actor, key=key, fingerprint=fingerprint
    )


def test_a_second_request_gets_the_id_of_the_first_result_and_creates_nothing():
    send()
    with pytest.raises(DuplicateRequest) as error:
        send()
    assert error.value.result_id == "acme"
    assert Workspace.objects.count() == 1


def test_requests_without_a_key_always_run():
    for slug in ("one", "two"):
        send(lambda slug=slug: create(slug), key="")
    assert Workspace.objects.count() == 2
    assert not IdempotencyKey.objects.exists()


def test_two_actors_can_use_the_same_key():
    send()
    send(lambda: create("globex"), actor="member:2")
    assert Workspace.objects.count() == 2


def test_a_key_is_rejected_with_a_different_request():
    send(fingerprint="a")
    with pytest.raises(KeyReused):
        send(fingerprint="b")
    assert Workspace.objects.count() == 1


def test_a_second_request_is_rejected_while_the_first_is_in_progress():
    def create_and_send_again():
        with pytest.raises(RequestInProgress):
            send()
        return create()

    send(create_and_send_again)
    assert Workspace.objects.count() == 1


def test_a_failed_operation_is_rolled_back_and_frees_the_key():
    def fail():
        create()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        send(fail)
    assert not Workspace.objects.exists()
    assert send().slug == "acme"


def test_an_abandoned_request_frees_the_key_after_a_minute():
    IdempotencyKey.objects.create(actor="member:1", key=sha256(b"k").hexdigest())
    with pytest.raises(RequestInProgress):
        send()
    with time_machine.travel(timezone.now() + ABANDONED_AFTER + timedelta(seconds=1)):
        assert send().slug == "acme"


def test_a_slow_request_whose_key_was_taken_over_is_rolled_back():
    def create_too_late():
        with time_machine.travel(timezone.now() + ABANDONED_AFTER + timedelta(seconds=1)):
            send(lambda: create("globex"))
        return create("late")

    with pytest.raises(RequestInProgress):
        send(create_too_late)
    assert not Workspace.objects.filter(slug="late").exists()


def test_a_key_can_be_used_again_after_a_day():
    send()
    with time_machine.travel(timezone.now() + DAY + timedelta(seconds=1)):
        send(lambda: create("globex"))
    assert IdempotencyKey.objects.get().result_id == "globex"


def test_the_key_is_stored_as_a_hash():
    send(key="lkey_" + "x" * 59)
    assert "lkey_" not in str(IdempotencyKey.objects.values().get())
