"""What a worker imports: nothing that it has no use for."""

import subprocess
import sys

import pytest

from tests.deployment.production import ROOT, production

pytestmark = pytest.mark.same_on_each_database
NOT_NEEDED = ("redis", "markdown_it")
"""By a worker on SQLite without a CACHE_URL."""


def test_a_worker_imports_nothing_that_it_does_not_use(tmp_path):
    told = f"import sys, tokens_site.wsgi; print([name for name in {NOT_NEEDED} if name in sys.modules])"
    command = [sys.executable, "-W", "ignore", "-c", told]
    environment = production(tmp_path, CACHE_URL="dbcache://django_cache")
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"
