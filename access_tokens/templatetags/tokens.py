from django import template
from django.template import Context

from access_tokens.models import AccessToken
from access_tokens.token_actions import TokenAction, available_actions, is_allowed

register = template.Library()


@register.simple_tag(takes_context=True)
def token_actions(context: Context, token: AccessToken) -> tuple[str, ...]:
    """Return the actions that the signed-in member can take on `token`. Hashable, to be the key of a `row_template`.

    `shown_once` takes the place of `copy` where Latchkey keeps no encrypted copy.
    """
    actor = context["request"].actor
    actions: list[str] = list(available_actions(token, actor))
    if token.encrypted_copy is None and token.is_active and is_allowed(TokenAction.COPY, token, actor):
        actions.append("shown_once")
    return tuple(actions)
