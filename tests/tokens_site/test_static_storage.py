"""Collected static files."""

import json
import re

import pytest
from django.core.management import call_command


@pytest.fixture
def collected(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "tokens_site.static_storage.HashedStaticFilesStorage"},
    }
    call_command("collectstatic", verbosity=0, interactive=False)
    return tmp_path


def test_scripts_import_each_other_by_their_hashed_names(collected):
    files = json.loads((collected / "staticfiles.json").read_text())["paths"]
    ours = [name for name in files if re.fullmatch(r"[a-z-]+\.js", name)]
    imported = set()
    for name in ours:
        text = (collected / files[name]).read_text()
        imported |= set(re.findall(r'(?:from|import) ?"\./([^"]+)"', text))
    assert imported
    assert imported <= set(files.values())
