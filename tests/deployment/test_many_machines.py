"""Several instances share one PostgreSQL database: they start together and see each other's changes."""

import os
import subprocess
import time

import psycopg
import pytest
import requests

from tests.deployment.production import PATIENCE, bearer, instances, production
from tests.packages import found
from tests.processes import free_port, wait_until_it_listens
from tokens_site.startup import MIGRATION_LOCK_ID

pytestmark = pytest.mark.same_on_each_database

TIMES = 1000
NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
worker_processes 1;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream latchkey {{ {servers} }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://latchkey;
            add_header X-Instance $upstream_addr always;
        }}
    }}
}}
"""
NGINX_AS_ROOT = "user root;" if os.geteuid() == 0 else ""


@pytest.fixture
def environment(tmp_path, database):
    no_limit = {"RATE_LIMIT_CEILING": "1000000", "FAILURE_LIMIT": "1000000"}
    return production(tmp_path, DATABASE_URL=database, PUBLIC_URL="http://127.0.0.1", **no_limit)


@pytest.fixture
def behind_nginx(tmp_path):
    """Start nginx, which sends each request to the next instance. Return its URL."""
    started, log = [], tmp_path / "nginx.log"

    def start(some) -> str:
        port = free_port()
        servers = " ".join(f"server 127.0.0.1:{instance.port};" for instance in some)
        configuration = tmp_path / "nginx.conf"
        configuration.write_text(NGINX.format(folder=tmp_path, servers=servers, port=port) + NGINX_AS_ROOT)
        with log.open("wb") as output:
            command = [found("nginx"), "-p", tmp_path, "-c", configuration]
            started.append(subprocess.Popen(command, stdout=output, stderr=output))
        wait_until_it_listens(port, started[-1], log)
        return f"http://127.0.0.1:{port}"

    yield start
    for process in started:
        process.terminate()
        process.wait(PATIENCE)
        print(log.read_text())


def test_disabled_token_is_rejected_by_the_other_instance_immediately(tmp_path, environment, owner_of, behind_nginx):
    with instances(tmp_path, environment, 2) as both, requests.Session() as session:
        for instance in both:
            instance.wait()
        owner = owner_of(environment)
        nginx = behind_nginx(both)
        tokens = f"{nginx}/api/v1/workspaces/acme/access-tokens"
        made = session.post(tokens, json={"label": "CI", "scope": "viewer"}, headers=bearer(owner)).json()
        by = []
        for _ in range(TIMES):
            off = session.post(f"{tokens}/{made['key_id']}/disable", headers=bearer(owner))
            asked = session.get(f"{nginx}/api/v1/me", headers=bearer(made["token"]))
            on = session.post(f"{tokens}/{made['key_id']}/enable", headers=bearer(owner))
            assert (off.status_code, asked.status_code, on.status_code) == (200, 401, 200)
            assert off.headers["X-Instance"] != asked.headers["X-Instance"]
            by.append(off.headers["X-Instance"])
        assert len(set(by)) == 2, "Each of them was the one that disables: three calls a round, two instances."


def test_instances_that_start_together_migrate_once(tmp_path, environment, database):
    with instances(tmp_path, environment, 3) as three:
        for instance in three:
            instance.wait()
        with psycopg.connect(database) as connection:
            twice = connection.execute(
                "SELECT app, name FROM django_migrations GROUP BY app, name HAVING count(*) > 1"
            ).fetchall()
        assert twice == []


def test_running_instance_answers_while_a_new_one_migrates(tmp_path, environment, database, owner_of):
    with instances(tmp_path, environment, 1) as [old]:
        old.wait()
        owner = owner_of(environment)
        with psycopg.connect(database) as somebody_who_migrates, instances(tmp_path, environment, 1) as [new]:
            somebody_who_migrates.execute("SELECT pg_advisory_xact_lock(%s)", [MIGRATION_LOCK_ID])
            end = time.monotonic() + 2
            while time.monotonic() < end:
                assert requests.get(f"{old.url}/api/v1/me", headers=bearer(owner), timeout=PATIENCE).status_code == 200
            assert not new.is_listening()
            somebody_who_migrates.rollback()
            new.wait()
            assert requests.get(f"{new.url}/api/v1/me", headers=bearer(owner), timeout=PATIENCE).status_code == 200
