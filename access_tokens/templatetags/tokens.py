from django import template
from django.template import Context

from access_tokens.models import AccessToken
from access_tokens.token_actions import TokenAction, available_actions

register = template.Library()


@register.simple_tag(takes_context=True)
def token_actions(context: Context, token: AccessToken) -> tuple[TokenAction, ...]:
    """Return the actions that the signed-in member can take on `token`. Hashable, to be the key of a `row_template`."""
    return tuple(available_actions(token, context["request"].actor))
