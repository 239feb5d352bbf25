"""The README and the pages in `docs`: their links, and the table of environment variables."""

import re
from pathlib import Path

import pytest
from mdit_py_plugins.anchors.index import slugify

from tokens_site.management.commands.serve import VARIABLES

pytestmark = pytest.mark.same_on_each_database

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/benchmarks/*.md")])
FENCED_CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)]+)\)")
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
VARIABLE = re.compile(r"^\| `([A-Z_]+)` \|", re.MULTILINE)
MAX_README_LINES = 120


def read_prose(page):
    """Return the text of a page without its code blocks."""
    return FENCED_CODE.sub("", page.read_text())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_and_headings_that_exist(page):
    for link in LINK.findall(read_prose(page)):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in {slugify(heading) for heading in HEADING.findall(read_prose(target))}, link


def test_configuration_page_lists_every_environment_variable_once():
    documented = VARIABLE.findall((ROOT / "docs/configuration.md").read_text())
    assert sorted(documented) == sorted(VARIABLES)


def test_readme_is_short():
    assert len((ROOT / "README.md").read_text().splitlines()) <= MAX_README_LINES
