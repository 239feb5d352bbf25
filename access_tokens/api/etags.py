"""ETags of access tokens."""

from access_tokens.authentication.lookup import TokenRow
from access_tokens.models import AccessToken
from workspaces.api.etags import version_etag


def etag_of(token: AccessToken | TokenRow) -> str:
    return version_etag(token.key_id, token.version)
