"""A stopping server saves the usage that it holds in memory."""

import sqlite3
from contextlib import closing

import pytest
import requests

from tests.deployment.production import bearer, instances, production

pytestmark = pytest.mark.same_on_each_database
CALLS = 300


def test_no_usage_is_lost_when_the_server_stops(tmp_path, owner_of):
    environment = production(tmp_path, PUBLIC_URL="http://127.0.0.1")
    with instances(tmp_path, environment, 1) as [one], requests.Session() as session:
        one.wait()
        owner = owner_of(environment)
        for _ in range(CALLS):
            assert session.get(f"{one.url}/api/v1/me", headers=bearer(owner)).status_code == 200
    with closing(sqlite3.connect(tmp_path / "latchkey.sqlite3")) as database:
        counts = database.execute("SELECT use_count FROM access_tokens_accesstoken").fetchall()
    assert counts == [(CALLS,)]
