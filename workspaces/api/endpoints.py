"""What endpoints are made of: decorators that check permission and query parameters, and JSON responses.

Endpoints build responses from plain dicts. The schemas document them; nothing validates them again.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from http import HTTPStatus
from inspect import Parameter
from typing import Annotated, Any, NamedTuple

import orjson
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from ninja import Path
from ninja.operation import Operation
from ninja.utils import contribute_operation_callback

from workspaces.api.openapi import describe_operation
from workspaces.api.problems import Problem, invalid
from workspaces.api.requests import ApiRequest
from workspaces.models import Workspace
from workspaces.permissions import Permission

JSON_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS
"""Times as in RFC 3339: whole seconds, `Z` for UTC."""

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
            principal = request.principal
            if "slug" in arguments:
                if arguments.pop("slug") != principal.workspace.slug:
                    raise Http404
                arguments["workspace"] = principal.workspace
            needed = permission_for(permission, request, arguments) if permission_for else permission
            principal.require(needed, request)
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


def known_parameters_only(run: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Reject query parameters that an endpoint doesn't have, so that a misspelled filter doesn't return everything.

    For `NinjaAPI.add_decorator` with mode `view`. Also rejects repeated parameters, except those that take a list.
    """
    models = run.__self__.models  # type: ignore[attr-defined] # `run` is a method of ninja's Operation
    known = {
        name for model in models if model.__ninja_param_source__ == "query" for name in model.__ninja_flatten_map__
    }
    lists = {name for model in models for name in getattr(model, "__ninja_collection_fields__", ())}

    @wraps(run)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        given = request.GET if request.META["QUERY_STRING"] else QueryDict()
        unknown = [(name, f"There is no parameter “{name}” here. Leave it out.") for name in given if name not in known]
        repeated = [
            (name, f"Send “{name}” once.") for name, values in given.lists() if len(values) > 1 and name not in lists
        ]
        return invalid([*unknown, *repeated]) if unknown or repeated else run(request, *args, **kwargs)

    return checked


# Responses


class PlainResponse(NamedTuple):
    """A response that the API's fast path sends as it is, and that endpoints turn into a Django response."""

    status: int
    headers: dict[str, str]
    body: bytes = b""

    def to_django(self) -> HttpResponse:
        return HttpResponse(self.body, status=self.status, headers=self.headers)


def json_response(data: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Return `data` as JSON."""
    body = orjson.dumps(data, option=JSON_OPTIONS)
    return HttpResponse(body, status=status, content_type="application/json", headers=headers)


def no_content() -> HttpResponse:
    """Return the response to a successful deletion."""
    return HttpResponse(status=HTTPStatus.NO_CONTENT)
