"""The guides in `docs/guide`, rendered from Markdown for the console's help pages.

A line that contains only a link to a file in `docs/samples` or `docs/gateways` is replaced by the file's content.
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
NAMES = ("overview", "creating", "managing", "using", "security", "errors", "gateways", "versioning")
"""File names of the guides, in reading order."""
SERVER, WORKSPACE, EXPIRY = "https://latchkey.example", "your-workspace", "2030-01-01T00:00:00Z"
"""Placeholders in the files for the URL of this server, the reader's workspace and a date 90 days from now."""
INCLUDE = re.compile(r"^\[([\w.-]+)\]\(\.\./((?:samples|gateways)/[\w.-]+)\)$", re.MULTILINE)
GUIDE_LINK = re.compile(r"^(\w+)\.md(?=#|$)")
RESPONSE_LANGUAGES = {"json", "http"}
"""Languages of code blocks that show a response, which readers don't need to copy."""


@dataclass(frozen=True)
class Guide:
    """A guide. `html` contains the placeholders."""

    name: str
    title: str
    html: str

    def render(self, *, server: str, workspace: str | None = None) -> SafeString:
        """Replace the placeholders. server: a URL without a trailing slash. workspace: a slug."""
        in_90_days = f"{timezone.now() + timedelta(days=90):%Y-%m-%d}T00:00:00Z"
        html = self.html.replace(SERVER, escape(server)).replace(EXPIRY, in_90_days)
        return SafeString(html.replace(WORKSPACE, workspace) if workspace else html)


@cache
def load_guides() -> Mapping[str, Guide]:
    """Return all guides by name, in reading order. Each process reads and renders them once."""
    return {name: _load(name) for name in NAMES}


def _load(name: str) -> Guide:
    markdown = _create_parser()
    tokens = markdown.parse(INCLUDE.sub(_code_block, (DOCS / "guide" / f"{name}.md").read_text("utf-8")))
    title = next(content.content for opening, content in pairwise(tokens) if opening.tag == "h1")
    return Guide(name, title, markdown.renderer.render(tokens, markdown.options, {}))


def _code_block(link: re.Match[str]) -> str:
    """Return the linked file as a fenced code block, with its name after the language."""
    content = (DOCS / link[2]).read_text("utf-8")
    language = Path(link[2]).suffix.removeprefix(".") or "text"
    return f"~~~~ {language} {link[1]}\n{content}~~~~"


def _create_parser() -> MarkdownIt:
    """Return a parser for CommonMark with tables and anchors, without raw HTML."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").use(anchors_plugin, max_level=3)
    markdown.add_render_rule("fence", _render_code)
    markdown.add_render_rule("link_open", _render_link)
    return markdown


def _render_code(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    language, _, name = tokens[index].info.strip().partition(" ")
    context = {
        "id": f"code-{index}",
        "code": tokens[index].content,
        "language": language,
        "name": name,
        "is_response": language in RESPONSE_LANGUAGES,
    }
    return render_to_string("partials/code_sample.html", context)


def _render_link(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """Replace the file name of a guide with the URL of its page, which is relative to this one."""
    tokens[index].attrSet("href", GUIDE_LINK.sub(r"\1", str(tokens[index].attrGet("href"))))
    return renderer.renderToken(tokens, index, options, env)
