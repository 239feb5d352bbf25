"""PgBouncer in transaction mode in front of PostgreSQL: each transaction can get another connection."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.deployment.production import PATIENCE, bearer, instances, production
from tests.packages import found
from tests.postgres import folder_of_somebody
from tests.processes import free_port, wait_until_it_listens

pytestmark = pytest.mark.same_on_each_database

PGBOUNCER = """
[databases]
latchkey = host={host} dbname={name} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
server_reset_query_always = 0
"""
CALLS = 300


@pytest.fixture
def pooled(database):
    """The DATABASE_URL of an empty database behind PgBouncer, which has fewer connections than Latchkey has threads."""
    parts, port = urlsplit(database), free_port()
    [host] = parse_qs(parts.query)["host"]
    with folder_of_somebody() as (folder, somebody):
        configuration, log = folder / "pgbouncer.ini", folder / "log"
        configuration.write_text(PGBOUNCER.format(host=host, name=parts.path.removeprefix("/"), port=port))
        configuration.chmod(0o644)
        with log.open("wb") as output:
            command = [found("pgbouncer"), str(configuration)]
            server = subprocess.Popen(command, stdout=output, stderr=output, **somebody)
        try:
            wait_until_it_listens(port, server, log)
            yield f"postgresql://postgres@127.0.0.1:{port}/latchkey"
        finally:
            server.terminate()
            server.wait(PATIENCE)


def test_every_request_is_answered(tmp_path, pooled, owner_of):
    environment = production(tmp_path, DATABASE_URL=pooled, PUBLIC_URL="http://127.0.0.1", PREPARE_STATEMENTS="0")
    with instances(tmp_path, environment, 2) as both:
        for instance in both:
            instance.wait()
        owner = owner_of(environment)

        def call(number: int) -> int:
            url = f"{both[number % 2].url}/api/v1"
            if number % 10:
                return requests.get(f"{url}/me", headers=bearer(owner), timeout=PATIENCE).status_code
            body = {"label": f"CI {number}", "scope": "viewer"}
            tokens = f"{url}/workspaces/acme/access-tokens"
            return requests.post(tokens, json=body, headers=bearer(owner), timeout=PATIENCE).status_code

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(call, range(CALLS)))
        assert answers.count(201) == CALLS // 10
        assert answers.count(200) == CALLS - CALLS // 10
