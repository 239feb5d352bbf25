"""Tests of the rendered guides. `tests/guides` runs their code samples."""

import re
from datetime import timedelta
from html import escape

import pytest
from django.utils import timezone

from access_tokens import guides
from access_tokens.guides import DOCS, EXPIRY, NAMES, SERVER, WORKSPACE, load_guides
from workspaces.api.problems import Problem
from workspaces.permissions import MINIMUM_ROLE, Permission

pytestmark = pytest.mark.same_on_each_database

RENDERED = {
    name: guide.render(server="https://tokens.acme.example", workspace="acme") for name, guide in load_guides().items()
}
LINK = re.compile(r'<a href="([^"]*)"')


def test_each_file_in_the_folder_is_a_guide_with_its_own_title():
    assert sorted(load_guides()) == sorted(path.stem for path in (DOCS / "guide").iterdir())
    assert list(load_guides()) == list(NAMES)
    titles = [guide.title for guide in load_guides().values()]
    assert titles[:4] == ["Overview", "Creating tokens", "Managing tokens", "Using tokens"]
    assert len(set(titles)) == len(titles)


def test_each_sample_and_gateway_file_is_included_unchanged():
    html = "".join(guide.html for guide in load_guides().values())
    for path in (*(DOCS / "samples").iterdir(), *(DOCS / "gateways").iterdir()):
        assert f"<figcaption>{path.name}</figcaption>" in html
        assert escape(path.read_text()) in html


@pytest.mark.parametrize("name", NAMES)
def test_placeholders_are_replaced(name):
    for placeholder in (SERVER, WORKSPACE, EXPIRY):
        assert placeholder not in RENDERED[name]
    assert "https://tokens.acme.example/api/v1/workspaces/acme/projects" in RENDERED["using"]


def test_workspace_placeholder_stays_outside_of_a_workspace():
    html = load_guides()["using"].render(server="https://tokens.acme.example")
    assert "https://tokens.acme.example/api/v1/workspaces/your-workspace/projects" in html


def test_expiry_in_samples_is_90_days_ahead():
    in_90_days = timezone.now() + timedelta(days=90)
    assert f"{in_90_days:%Y-%m-%d}T00:00:00Z" in RENDERED["creating"]


def test_server_url_is_escaped():
    html = load_guides()["using"].render(server='https://x.example/"><script>')
    assert "<script>" not in html
    assert "https://x.example/&quot;&gt;&lt;script&gt;/api/v1/" in html


@pytest.mark.parametrize("name", NAMES)
def test_each_link_leads_to_a_guide_or_to_the_api_reference(name):
    for href in LINK.findall(RENDERED[name]):
        page, _, anchor = href.partition("#")
        if href == "/api/v1/docs":
            continue
        assert (page or name) in RENDERED, href
        if anchor:
            assert f' id="{anchor}"' in RENDERED[page or name], href


@pytest.mark.parametrize("name", NAMES)
def test_element_ids_are_unique(name):
    ids = re.findall(r' id="([^"]*)"', RENDERED[name])
    assert len(set(ids)) == len(ids)


def test_raw_html_is_escaped(tmp_path, monkeypatch):
    (tmp_path / "guide").mkdir()
    (tmp_path / "guide" / "overview.md").write_text("# Title\n\n<script>alert(1)</script> [x](javascript:alert(1))\n")
    monkeypatch.setattr(guides, "DOCS", tmp_path)
    html = guides._load("overview").html
    assert "<script>" not in html
    assert 'href="javascript' not in html


def test_table_of_permissions_matches_the_code():
    rows = re.findall(r"<td><code>(\w+)</code>: ([^<]*)</td>\s*<td>([^<]+)</td>", load_guides()["overview"].html)
    assert {name: (description, role) for name, description, role in rows} == {
        permission.value: (permission.description, MINIMUM_ROLE[permission].label) for permission in Permission
    }


def test_each_problem_type_is_explained():
    anchors = set(re.findall(r'<h2 id="([^"]+)"', load_guides()["errors"].html))
    assert anchors == {problem.slug for problem in Problem}
