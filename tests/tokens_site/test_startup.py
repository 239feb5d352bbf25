"""What a web process imports at its start."""

import subprocess
import sys

import pytest

from tests.deployment.production import ROOT, production

pytestmark = pytest.mark.same_on_each_database
UNUSED = ("redis", "markdown_it")
"""Modules that a web process on SQLite without CACHE_URL does not use."""


def test_a_web_process_imports_only_what_it_uses(tmp_path):
    code = f"import sys, tokens_site.wsgi; print([name for name in {UNUSED} if name in sys.modules])"
    command = [sys.executable, "-W", "ignore", "-c", code]
    environment = production(tmp_path, CACHE_URL="dbcache://django_cache")
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"
