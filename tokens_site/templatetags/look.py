from functools import cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """One icon of the sprite, for decoration: the words stand beside it or in the button's label."""
    sprite = static("vendor/lucide/icons.svg")
    return format_html('<svg class="i" aria-hidden="true"><use href="{}#{}"/></svg>', sprite, name)


@register.filter
def hue(number: int) -> str:
    """One of six colours for a tile or an avatar, always the same for the same row."""
    return f"h{number % 6}"
