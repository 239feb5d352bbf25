"""The guides of `docs/guide`: written once as Markdown, read in the repository and on the console's pages of help.

A line that is nothing but a link to a file of `docs/samples` or `docs/gateways` stands for that file's text.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from mdit_py_plugins.anchors import anchors_plugin

DOCS = Path(settings.BASE_DIR) / "docs"
ORDER = ("overview", "creating", "managing", "using", "security", "errors", "gateways", "versioning")
"""The guides by their file's name, as they are read."""
SERVER, WORKSPACE, EXPIRY = "https://latchkey.example", "your-workspace", "2030-01-01T00:00:00Z"
"""What stands in the files for this Latchkey's address, for the reader's workspace, and for a date 90 days from now."""
INCLUDED = re.compile(r"^\[([\w.-]+)\]\(\.\./((?:samples|gateways)/[\w.-]+)\)$", re.MULTILINE)
LINK_TO_GUIDE = re.compile(r"^(\w+)\.md(?=#|$)")
ANSWERS = {"json", "http"}
"""Languages of what a call answers: nothing to copy."""


@dataclass(frozen=True)
class Guide:
    """One guide. `html` still has the names of the files in it: `filled` puts the reader's in their place."""

    name: str
    title: str
    html: str

    def filled(self, *, server: str, workspace: str | None = None) -> SafeString:
        """The guide for this server's address (no slash at its end), and for a workspace's slug, if there is one."""
        in_90_days = f"{timezone.now() + timedelta(days=90):%Y-%m-%d}T00:00:00Z"
        html = self.html.replace(SERVER, escape(server)).replace(EXPIRY, in_90_days)
        return SafeString(html.replace(WORKSPACE, workspace) if workspace else html)


@cache
def guides() -> Mapping[str, Guide]:
    """All guides by name, in their order. Read and rendered once in each process."""
    return {name: _read(name) for name in ORDER}


def _read(name: str) -> Guide:
    markdown = _markdown()
    tokens = markdown.parse(INCLUDED.sub(_included, (DOCS / "guide" / f"{name}.md").read_text("utf-8")))
    title = next(after.content for before, after in pairwise(tokens) if before.tag == "h1")
    return Guide(name, title, markdown.renderer.render(tokens, markdown.options, {}))


def _included(link: re.Match[str]) -> str:
    """The file that is linked to as a fenced block, its name after the language."""
    text = (DOCS / link[2]).read_text("utf-8")
    language = Path(link[2]).suffix.removeprefix(".") or "text"
    return f"~~~~ {language} {link[1]}\n{text}~~~~"


def _markdown() -> MarkdownIt:
    """CommonMark with tables and anchors, and without raw HTML."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").use(anchors_plugin, max_level=3)
    markdown.add_render_rule("fence", _fence)
    markdown.add_render_rule("link_open", _link)
    return markdown


def _fence(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    language, _, name = tokens[index].info.strip().partition(" ")
    context = {
        "id": f"code-{index}",
        "code": tokens[index].content,
        "language": language,
        "name": name,
        "is_answer": language in ANSWERS,
    }
    return render_to_string("partials/code_sample.html", context)


def _link(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """A link to another guide's file leads to its page, which lies beside this one."""
    tokens[index].attrSet("href", LINK_TO_GUIDE.sub(r"\1", str(tokens[index].attrGet("href"))))
    return renderer.renderToken(tokens, index, options, env)
