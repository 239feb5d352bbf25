"""What rows of tokens offer."""

from django import template
from django.template import Context

from access_tokens.models import AccessToken

register = template.Library()


@register.simple_tag(takes_context=True)
def offered(context: Context, token: AccessToken) -> tuple[str, ...]:
    """What this person may do with `token` as it is now, in the order of the row. The page knows `can` and `role`.

    `shown_once` stands where there is no copy to be had.
    """
    can, is_active, is_within = context["can"], token.is_active, token.scope <= context["role"]
    holds = {
        "copy": can["copy"] and is_active and is_within and token.encrypted_copy is not None,
        "shown_once": can["copy"] and is_active and is_within and token.encrypted_copy is None,
        "edit": can["edit"] and is_within,
        "enable": can["enable"] and is_within and token.is_disabled,
        "disable": can["disable"] and not token.is_disabled,
        "delete": can["delete"],
        "events": can["view_events"],
        "rotate": can["rotate"] and is_active and is_within and not token.is_rotating,
        "end_rotation": can["rotate"] and is_active and is_within and token.is_rotating,
    }
    return tuple(name for name, does in holds.items() if does)
