"""How things look wherever they stand: icons, colours, points in time."""

import re
from datetime import UTC, datetime

from django import template
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.template import TemplateSyntaxError
from django.template.base import Parser, TextNode, Token
from django.templatetags.static import static
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.tag
def icon(parser: Parser, token: Token) -> TextNode:
    """`{% icon "copy" %}`: an icon of the sprite, for decoration: the words stand beside it or in the button's label.

    It is text as soon as the template is read, so that rows of icons cost nothing.
    """
    quoted = re.fullmatch(r'icon "([a-z0-9-]+)"', token.contents)
    if quoted is None:
        raise TemplateSyntaxError(f"icon: its name in quotes, not a variable: {token.contents}")
    sprite = static("vendor/lucide/icons.svg")
    return TextNode(format_html('<svg class="i" aria-hidden="true"><use href="{}#{}"/></svg>', sprite, quoted[1]))


@register.filter
def hue(number: int) -> str:
    """One of six colours for a tile or an avatar, always the same for the same row."""
    return f"h{number % 6}"


@register.filter
def timestamp(at: datetime, words: str = "%Y-%m-%d") -> SafeString:
    """`at` in UTC as `words` (of strftime) say. Who points at it reads it to the second."""
    return _time(at, f"{at.astimezone(UTC):{words}}")


@register.filter
def ago(at: datetime) -> SafeString:
    """How long ago `at` was. Who points at it reads when that was, to the second."""
    return _time(at, naturaltime(at))


def _time(at: datetime, words: str) -> SafeString:
    exactly = at.astimezone(UTC).isoformat(" ", "seconds").removesuffix("+00:00")
    machine = f"{exactly.replace(' ', 'T')}Z"
    return SafeString(f'<time datetime="{machine}" title="{exactly} UTC">{escape(words)}</time>')
