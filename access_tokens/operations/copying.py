from django.db import transaction

from access_tokens import keys, secrets
from access_tokens.models import AccessToken
from access_tokens.operations.common import locked, tell
from workspaces.actors import Actor
from workspaces.errors import Conflict
from workspaces.events import Kind
from workspaces.permissions import Permission


@transaction.atomic
def copy(token: AccessToken, *, by: Actor) -> str:
    """The whole token, from its sealed copy. The caller has seen a fresh password.

    Raises: NotAllowed; Conflict, if it is not active or no sealed copy is kept; secrets.SealBroken.
    """
    token, by = locked(token, by)
    by.require(Permission.COPY_TOKENS, token.workspace)
    by.require_reach(token.scope)
    if not token.is_active:
        raise Conflict("Only active tokens can be copied.")
    if token.sealed_copy is None:
        raise Conflict("No copy of this token is kept: it was shown once, when it was created.")
    plaintext = secrets.unseal(token.sealed_copy, bound_to=token.seal_binding, keys=keys.sealing_keys())
    tell(Kind.TOKEN_COPIED, token, by=by)
    return plaintext
