"""The guides as they are rendered. What they show is run by `tests/guides`."""

import re
from datetime import timedelta
from html import escape

import pytest
from django.utils import timezone

from access_tokens import guides as guides_module
from access_tokens.guides import DOCS, EXPIRY, ORDER, SERVER, WORKSPACE, guides
from workspaces.api.problems import Problem
from workspaces.permissions import MINIMUM_ROLE, Permission

pytestmark = pytest.mark.same_on_each_database

FILLED = {
    name: guide.filled(server="https://tokens.acme.example", workspace="acme") for name, guide in guides().items()
}
LINK = re.compile(r'<a href="([^"]*)"')


def test_each_file_of_the_folder_is_a_guide_with_a_title():
    assert sorted(guides()) == sorted(path.stem for path in (DOCS / "guide").iterdir())
    assert list(guides()) == list(ORDER)
    titles = [guide.title for guide in guides().values()]
    assert titles[:4] == ["Overview", "Creating tokens", "Managing tokens", "Using tokens"]
    assert len(set(titles)) == len(titles)


def test_each_file_of_samples_and_gateways_is_shown_as_it_is():
    shown = "".join(guide.html for guide in guides().values())
    for path in (*(DOCS / "samples").iterdir(), *(DOCS / "gateways").iterdir()):
        assert f"<figcaption>{path.name}</figcaption>" in shown
        assert escape(path.read_text()) in shown


@pytest.mark.parametrize("name", ORDER)
def test_the_address_and_the_workspace_of_the_reader_are_filled_in(name):
    for placeholder in (SERVER, WORKSPACE, EXPIRY):
        assert placeholder not in FILLED[name]
    assert "https://tokens.acme.example/api/v1/workspaces/acme/projects" in FILLED["using"]


def test_outside_of_a_workspace_the_samples_have_a_slug_that_is_plainly_none():
    text = guides()["using"].filled(server="https://tokens.acme.example")
    assert "https://tokens.acme.example/api/v1/workspaces/your-workspace/projects" in text


def test_a_date_of_a_sample_lies_always_ahead():
    in_90_days = timezone.now() + timedelta(days=90)
    assert f"{in_90_days:%Y-%m-%d}T00:00:00Z" in FILLED["creating"]


def test_an_address_is_escaped():
    text = guides()["using"].filled(server='https://x.example/"><script>')
    assert "<script>" not in text
    assert "https://x.example/&quot;&gt;&lt;script&gt;/api/v1/" in text


@pytest.mark.parametrize("name", ORDER)
def test_every_link_leads_to_a_guide_and_a_heading_that_are_there_or_to_the_api_reference(name):
    for href in LINK.findall(FILLED[name]):
        page, _, anchor = href.partition("#")
        if href == "/api/v1/docs":
            continue
        assert (page or name) in FILLED, href
        if anchor:
            assert f' id="{anchor}"' in FILLED[page or name], href


@pytest.mark.parametrize("name", ORDER)
def test_anchors_and_ids_are_unique(name):
    ids = re.findall(r' id="([^"]*)"', FILLED[name])
    assert len(set(ids)) == len(ids)


def test_raw_html_is_shown_and_not_obeyed(tmp_path, monkeypatch):

    (tmp_path / "guide").mkdir()
    (tmp_path / "guide" / "overview.md").write_text("# Title\n\n<script>alert(1)</script> [x](javascript:alert(1))\n")
    monkeypatch.setattr(guides_module, "DOCS", tmp_path)
    html = guides_module._read("overview").html
    assert "<script>" not in html
    assert 'href="javascript' not in html


def test_the_table_of_permissions_is_that_of_the_code():
    rows = re.findall(r"<td><code>(\w+)</code>: ([^<]*)</td>\s*<td>([^<]+)</td>", guides()["overview"].html)
    assert {name: (words, role) for name, words, role in rows} == {
        permission.value: (permission.description, MINIMUM_ROLE[permission].label) for permission in Permission
    }


def test_each_kind_of_error_is_explained_and_no_other():
    anchors = set(re.findall(r'<h2 id="([^"]+)"', guides()["errors"].html))
    assert anchors == {problem.slug for problem in Problem}
