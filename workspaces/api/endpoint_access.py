"""The decorator of every endpoint: it checks the permission that the endpoint requires."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from inspect import Parameter
from typing import Annotated, Any

from ninja import Path
from ninja.operation import Operation
from ninja.utils import contribute_operation_callback

from workspaces.api.openapi import describe_operation
from workspaces.api.problems import Problem
from workspaces.api.requests import ApiRequest, actor_of, workspace_of
from workspaces.models import Workspace
from workspaces.permissions import Permission

type Endpoint = Callable[..., Any]
type PermissionChoice = Callable[[Permission, Any, Mapping[str, Any]], Permission]
WorkspaceSlug = Annotated[str, Path(description="The workspace's slug.", examples=["northwind"])]
SLUG = Parameter("slug", Parameter.POSITIONAL_OR_KEYWORD, annotation=WorkspaceSlug)


def requires(
    permission: Permission,
    *problems: Problem,
    permission_for: PermissionChoice | None = None,
    links: Iterable[str] = (),
    headers: Iterable[str] = (),
) -> Callable[[Endpoint], Endpoint]:
    """Reject requests whose token lacks a permission, before the endpoint runs. Document what the endpoint requires.

    An endpoint with a parameter of type Workspace gets the caller's workspace, if the `slug` in the URL is its slug.
    For any other slug, the response is 404, whether or not such a workspace exists.

    Args:
        problems: Errors of this endpoint, in addition to those of all endpoints.
        permission_for: Returns the permission for a request, given `permission`, the request and its arguments.
        links: Operation IDs that a client can use with the response.
        headers: Response headers of this endpoint, in addition to those of all endpoints.
    """

    def decorate(endpoint: Endpoint) -> Endpoint:
        @wraps(endpoint)
        def checked(request: ApiRequest, **arguments: Any) -> Any:
            if "slug" in arguments:
                arguments["workspace"] = workspace_of(request, arguments.pop("slug"))
            needed = permission_for(permission, request, arguments) if permission_for else permission
            actor_of(request).require(needed, request.principal.workspace)
            return endpoint(request, **arguments)

        def describe(operation: Operation) -> None:
            describe_operation(operation, permission, problems=problems, links=links, headers=headers)

        checked.__signature__ = _replace_workspace_by_slug(endpoint)  # type: ignore[attr-defined] # ninja reads it
        contribute_operation_callback(checked, describe)
        return checked

    return decorate


def _replace_workspace_by_slug(endpoint: Endpoint) -> inspect.Signature:
    signature = inspect.signature(endpoint)
    parameters = [SLUG if one.annotation is Workspace else one for one in signature.parameters.values()]
    return signature.replace(parameters=parameters)
