"""The code of the guides, as a reader finds it on their pages."""

import re
from html import unescape
from typing import NamedTuple

CODE = re.compile(
    r"(?:<figcaption>(?P<name>[^<]*)</figcaption>\s*)?"
    r'<pre[^>]*><code id="[^"]*" class="language-(?P<language>\w+)">(?P<text>.*?)</code>',
    re.DOTALL,
)


class Code(NamedTuple):
    """A block of code. `name` is that of the file which it shows, if it does."""

    language: str
    text: str
    name: str | None


def code_of(page: str) -> list[Code]:
    return [Code(one["language"], unescape(one["text"]), one["name"]) for one in CODE.finditer(page)]
