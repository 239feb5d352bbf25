"""The rate limit of failed authentications per IP address."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from access_tokens.authentication import request_auth
from access_tokens.authentication.failed_attempts import FailedAttemptLimit, network_of
from access_tokens.authentication.usage import usage
from access_tokens.authentication.usage import writer as writer_module
from access_tokens.models import FailedAttempts
from tests.factories import make_token
from workspaces.api.problems import Problem

pytestmark = pytest.mark.django_db
ME = "/api/v1/me"
NOON = datetime(2027, 3, 1, 12, 0, 0, tzinfo=UTC)
TEN_SECONDS_LEFT = datetime(2027, 3, 1, 12, 0, 50, 500_000, tzinfo=UTC)
NEXT_MINUTE = datetime(2027, 3, 1, 12, 1, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def limit_of_three(settings):
    settings.FAILURE_LIMIT = 3


def fail(address="203.0.113.7", header="Bearer nonsense"):
    return Client(REMOTE_ADDR=address).get(ME, headers={"Authorization": header})


def test_too_many_failed_attempts_are_429():
    with time_machine.travel(TEN_SECONDS_LEFT, tick=False):
        responses = [fail() for _ in range(5)]
    assert [response.status_code for response in responses] == [401, 401, 401, 429, 429]
    assert responses[-1].headers["Retry-After"] == "10"
    assert responses[-1].json()["type"] == Problem.TOO_MANY_FAILURES.url
    assert responses[-1].headers["RateLimit-Policy"] == '"failures";q=3;w=60'
    assert responses[-1].headers["RateLimit"] == '"failures";r=0;t=10'


def test_valid_token_is_accepted_after_too_many_failed_attempts():
    for _ in range(5):
        assert fail().status_code in {401, 429}
    header = {"Authorization": f"Bearer {make_token().plaintext}"}
    assert Client(REMOTE_ADDR="203.0.113.7").get(ME, headers=header).status_code == 200


def test_addresses_have_separate_limits():
    for _ in range(5):
        fail()
    assert fail("203.0.113.8").status_code == 401


def test_requests_without_a_token_are_not_failed_attempts():
    client = Client(REMOTE_ADDR="203.0.113.7")
    assert {client.get(ME).status_code for _ in range(10)} == {401}


def test_failed_attempts_without_an_ip_address_are_not_counted():
    assert {fail("unix:").status_code for _ in range(5)} == {401}


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
    ],
)
def test_ipv6_network_counts_as_one_address(address, network):
    assert network_of(address) == network


def test_processes_share_failed_attempts_through_the_database():
    with time_machine.travel(NOON, tick=False):
        fail()
        fail()
        usage.flush()
        with pytest.MonkeyPatch.context() as process:
            other = FailedAttemptLimit()
            process.setattr(request_auth, "failed_attempts", other)
            process.setattr(writer_module, "failed_attempts", other)
            fail()
            usage.flush()
            assert FailedAttempts.objects.get().count == 3
            assert fail().status_code == 429


def test_failed_attempts_of_earlier_minutes_are_deleted():
    with time_machine.travel(NOON, tick=False):
        fail()
        fail()
        usage.flush()
    with time_machine.travel(NEXT_MINUTE, tick=False):
        assert fail().status_code == 401
        usage.flush()
        assert FailedAttempts.objects.get().count == 1
    with time_machine.travel(NEXT_MINUTE + timedelta(minutes=2), tick=False):
        usage.flush()
    assert not FailedAttempts.objects.exists()
