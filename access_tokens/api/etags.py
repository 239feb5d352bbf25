"""Entity tags of access tokens."""

from access_tokens.models import AccessToken
from workspaces.api.etags import etag_of


def tag_of_token(key_id: str, version: int) -> str:
    """Return the entity tag of a version of a token (RFC 9110, 8.8.3)."""
    return f'"{key_id}.{version}"'


@etag_of.register
def _(row: AccessToken) -> str:
    return tag_of_token(row.key_id, row.version)
