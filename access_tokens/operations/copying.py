from django.db import transaction

from access_tokens import key_rings, token_crypto
from access_tokens.models import AccessToken
from access_tokens.operations.common import lock_token, record_token_event
from workspaces.actors import Actor
from workspaces.errors import Conflict
from workspaces.events import EventType
from workspaces.permissions import Permission


@transaction.atomic
def copy(token: AccessToken, *, by: Actor) -> str:
    """The whole token, from its encrypted copy. The caller has seen a fresh password.

    Raises: NotAllowed; Conflict, if it is not active or no encrypted copy is kept; token_crypto.DecryptionError.
    """
    token, by = lock_token(token, by)
    by.require(Permission.COPY_TOKENS, token.workspace)
    by.require_role_at_least(token.scope)
    if not token.is_active:
        raise Conflict("Only active tokens can be copied.")
    if token.stored_ciphertext is None:
        raise Conflict("No copy of this token is kept: it was shown once, when it was created.")
    plaintext = token_crypto.decrypt(
        token.stored_ciphertext, context=token.encryption_context, keys=key_rings.encryption_keys()
    )
    record_token_event(EventType.TOKEN_COPIED, token, by=by)
    return plaintext
