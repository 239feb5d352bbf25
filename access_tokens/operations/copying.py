from django.db import transaction

from access_tokens.models import AccessToken
from access_tokens.operations.common import lock_token, record_token_event
from workspaces.actors import Actor
from workspaces.errors import Conflict
from workspaces.events import EventType
from workspaces.permissions import Permission


@transaction.atomic
def copy(token: AccessToken, *, by: Actor) -> str:
    """Return the whole token from its encrypted copy. The caller has asked for a recently confirmed password.

    Raises: NotAllowed; Conflict, if the token isn't active or has no encrypted copy; DecryptionError.
    """
    token, by = lock_token(token, by)
    by.require(Permission.COPY_TOKENS, token.workspace)
    by.require_role_at_least(token.scope)
    if not token.is_active:
        raise Conflict("Only active tokens can be copied.")
    if token.encrypted_copy is None:
        raise Conflict("This token can't be copied: it was shown only once, when it was created.")
    plaintext = token.decrypt_copy()
    record_token_event(EventType.TOKEN_COPIED, token, by=by)
    return plaintext
