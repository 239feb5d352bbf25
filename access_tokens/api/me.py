from ninja import Router

from access_tokens.api.schemas import MeOut, token_out, workspace_out
from access_tokens.authentication import ApiRequest
from workspaces.permissions import permissions_of

router = Router(tags=["me"])


@router.get("/me", response=MeOut, operation_id="get_me")
def get_me(request: ApiRequest) -> MeOut:
    """The token that calls: what it is, where it belongs, what it may do."""
    principal = request.principal
    return MeOut(
        token=token_out(principal.token),
        workspace=workspace_out(principal.workspace),
        permissions=[permission.value for permission in permissions_of(principal.scope)],
    )
