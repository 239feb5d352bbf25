import subprocess
import sys
import uuid

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from tests.deployment.production import ROOT
from tests.postgres import postgres_cluster


@pytest.fixture(scope="module")
def cluster():
    """The DATABASE_URL of a PostgreSQL of our own, whatever the tests run on."""
    with postgres_cluster() as url:
        yield url


@pytest.fixture
def database(cluster):
    """The DATABASE_URL of an empty database in it."""
    name = f"latchkey_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    return cluster.replace("/postgres?", f"/{name}?")


@pytest.fixture
def owner_of():
    """Makes a workspace, acme, in the database of an environment. Returns the token of its Owner."""

    def owner_of(environment) -> str:
        command = [sys.executable, "-m", "tests.deployment.populate", "acme"]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    return owner_of
