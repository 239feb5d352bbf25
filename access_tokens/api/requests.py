"""The API request that endpoints about tokens receive."""

from access_tokens.authentication.request_auth import Principal
from workspaces.api.requests import ApiRequest


class TokenRequest(ApiRequest):
    """A request that was authenticated by an access token."""

    principal: Principal
