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
    """The DATABASE_URL of a separate PostgreSQL server."""
    with postgres_cluster() as url:
        yield url


@pytest.fixture
def database(cluster):
    """The DATABASE_URL of an empty PostgreSQL database."""
    name = f"latchkey_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    return cluster.replace("/postgres?", f"/{name}?")


@pytest.fixture
def owner_of():
    """Create the workspace `acme` in the database of an environment. Return its Owner token."""

    def owner_of(environment) -> str:
        command = [sys.executable, "-m", "tests.deployment.populate", "acme"]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    return owner_of
