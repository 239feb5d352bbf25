"""Tokens created by a token."""

from access_tokens.models import AccessToken


def usable_child_tokens(token: AccessToken) -> list[AccessToken]:
    """Return the usable tokens that `token` or its child tokens created, oldest first in each generation.

    Costs no query if an operation returned `token` and it has no child tokens.
    """
    child_tokens: list[AccessToken] = []
    generation = [token] if getattr(token, "has_children", True) else []
    while generation:
        children = AccessToken.objects.filter(parent__in=generation).select_related("workspace", "creator")
        generation = list(children.order_by("created_at", "pk"))
        child_tokens += generation
    return [child for child in child_tokens if child.is_usable]
