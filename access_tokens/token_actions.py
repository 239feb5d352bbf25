"""The actions that a person can take on a token: one table for buttons, dialogs and views.

The operations check the same rules again on locked rows.
"""

from enum import StrEnum

from access_tokens.models import AccessToken
from workspaces.actors import Actor
from workspaces.permissions import Permission


class TokenAction(StrEnum):
    VIEW = "view"
    COPY = "copy"
    EDIT = "edit"
    ENABLE = "enable"
    DISABLE = "disable"
    DELETE = "delete"
    ROTATE = "rotate"
    END_ROTATION = "end_rotation"

    @property
    def permission(self) -> Permission:
        return PERMISSIONS[self]


PERMISSIONS = {
    TokenAction.VIEW: Permission.VIEW_WORKSPACE,
    TokenAction.COPY: Permission.COPY_TOKENS,
    TokenAction.EDIT: Permission.EDIT_TOKENS,
    TokenAction.ENABLE: Permission.ENABLE_TOKENS,
    TokenAction.DISABLE: Permission.DISABLE_TOKENS,
    TokenAction.DELETE: Permission.DELETE_TOKENS,
    TokenAction.ROTATE: Permission.ROTATE_TOKENS,
    TokenAction.END_ROTATION: Permission.ROTATE_TOKENS,
}
GRANTS_ACCESS = frozenset({TokenAction.COPY, TokenAction.EDIT, TokenAction.ENABLE, TokenAction.ROTATE})
"""Actions that need a role at least as high as the token's scope. The others only remove access."""


def require_action(action: TokenAction, token: AccessToken, *, by: Actor) -> None:
    """Raises: NotAllowed."""
    by.require(action.permission, token.workspace)
    if action in GRANTS_ACCESS:
        by.require_role_at_least(token.scope)


def available_actions(token: AccessToken, actor: Actor) -> list[TokenAction]:
    """Return the actions that `actor` is allowed to take on `token` and that its current state permits."""
    is_active = token.is_active
    is_possible = {
        TokenAction.VIEW: True,
        TokenAction.COPY: is_active and token.encrypted_copy is not None,
        TokenAction.EDIT: True,
        TokenAction.ENABLE: token.is_disabled,
        TokenAction.DISABLE: not token.is_disabled,
        TokenAction.DELETE: True,
        TokenAction.ROTATE: is_active and not token.is_rotating,
        TokenAction.END_ROTATION: token.is_rotating,
    }
    return [action for action, is_so in is_possible.items() if is_so and is_allowed(action, token, actor)]


def is_allowed(action: TokenAction, token: AccessToken, actor: Actor) -> bool:
    has_scope = action not in GRANTS_ACCESS or token.scope <= actor.role
    return has_scope and actor.has_permission(action.permission, token.workspace)
