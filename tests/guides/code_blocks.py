"""Code blocks of a rendered guide."""

import re
from html import unescape
from typing import NamedTuple

CODE_BLOCK = re.compile(
    r"(?:<figcaption>(?P<name>[^<]*)</figcaption>\s*)?"
    r'<pre[^>]*><code id="[^"]*" class="language-(?P<language>\w+)">(?P<text>.*?)</code>',
    re.DOTALL,
)


class CodeBlock(NamedTuple):
    """One code block. `name` is the name of the included file, or None."""

    language: str
    text: str
    name: str | None


def parse_code_blocks(html: str) -> list[CodeBlock]:
    """Return the code blocks of a page in their order."""
    return [CodeBlock(found["language"], unescape(found["text"]), found["name"]) for found in CODE_BLOCK.finditer(html)]
