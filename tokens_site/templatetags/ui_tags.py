"""Icons, colours and times for all templates."""

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
    """`{% icon "copy" %}`: a decorative icon. The text next to it, or the button's label, has the meaning.

    It becomes text when the template is parsed, so that icons in rows cost nothing.
    """
    quoted = re.fullmatch(r'icon "([a-z0-9-]+)"', token.contents)
    if quoted is None:
        raise TemplateSyntaxError(f"icon: write its name in quotes: {token.contents}")
    sprite = static("vendor/lucide/icons.svg")
    return TextNode(format_html('<svg class="i" aria-hidden="true"><use href="{}#{}"/></svg>', sprite, quoted[1]))


@register.filter
def hue(number: int) -> str:
    """Return one of six CSS classes for the colour of a tile or avatar, the same for the same number."""
    return f"h{number % 6}"


@register.filter
def timestamp(at: datetime, format_: str = "%Y-%m-%d") -> SafeString:
    """Format `at` in UTC (strftime), with the exact time as a tooltip."""
    return _time(at, f"{at.astimezone(UTC):{format_}}")


@register.filter
def ago(at: datetime) -> SafeString:
    """Return how long ago `at` was, with the exact time as a tooltip."""
    return _time(at, naturaltime(at))


def _time(at: datetime, text: str) -> SafeString:
    exactly = at.astimezone(UTC).isoformat(" ", "seconds").removesuffix("+00:00")
    machine = f"{exactly.replace(' ', 'T')}Z"
    return SafeString(f'<time datetime="{machine}" title="{exactly} UTC">{escape(text)}</time>')
