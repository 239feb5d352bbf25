from http import HTTPStatus

from django.http import HttpResponse
from ninja import Router

from access_tokens import operations
from access_tokens.api.schemas import MeOut, token_out, workspace_out
from access_tokens.authentication import ApiRequest, actor_of
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


@router.delete("/me", response={HTTPStatus.NO_CONTENT: None}, operation_id="delete_me")
def delete_me(request: ApiRequest) -> HttpResponse:
    """Revoke the token that calls, for good. Any token may."""
    operations.delete(request.principal.token, by=actor_of(request))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)
