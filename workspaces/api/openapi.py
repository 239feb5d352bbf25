"""What the OpenAPI document says beyond what ninja can know: permissions, errors, headers, links."""

import json
import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from ninja.operation import Operation
from ninja.utils import contribute_operation_callback

from access_tokens.authentication.request_auth import SECRET_EXPIRES_HEADER
from workspaces.api.openapi_texts import BEARER, EXAMPLE_HOST, FORM_EXAMPLES, HEADERS, PARAMETERS, PROBLEM_SCHEMA, TAGS
from workspaces.api.problems import CONTENT_TYPE, ERRORS_PAGE, Problem
from workspaces.permissions import MINIMUM_ROLE, Permission

UNAUTHENTICATED = (
    Problem.MISSING_TOKEN,
    Problem.INVALID_TOKEN,
    Problem.TOKEN_DISABLED,
    Problem.TOKEN_EXPIRED,
    Problem.SCOPE_UNAVAILABLE,
    Problem.WORKSPACE_DELETED,
)
FOR_ALL = (
    Problem.BAD_REQUEST,
    *UNAUTHENTICATED,
    Problem.INVALID_REQUEST,
    Problem.RATE_LIMITED,
    Problem.TOO_MANY_FAILURES,
    Problem.INTERNAL_ERROR,
    Problem.UNAVAILABLE,
)
FOR_BODIES = (Problem.LENGTH_REQUIRED, Problem.CONTENT_TOO_LARGE, Problem.UNSUPPORTED_MEDIA_TYPE)
BY_HEADER = {
    "If-Match": (Problem.PRECONDITION_FAILED,),
    "Idempotency-Key": (Problem.ALREADY_CREATED, Problem.REQUEST_UNDER_WAY, Problem.IDEMPOTENCY_KEY_REUSED),
}
OF_EVERY_ANSWER = ("X-Request-Id",)
OF_EVERY_CALL = ("RateLimit-Policy", "RateLimit", SECRET_EXPIRES_HEADER)
OF_OPERATION = {"authorize": ("X-Latchkey-Workspace", "X-Latchkey-Key-Id", "X-Latchkey-Scope")}
VERSIONED = {"MeOut", "TokenOut", "NewTokenOut", "WorkspaceOut", "RolePage", "MemberOut", "InvitationOut", "ProjectOut"}
"""Answers that have an ETag."""
PATH_PARAMETER = re.compile(r"{(\w+)}")
IN_BODY = {"key_id": "key_id", "project_id": "id", "invitation_id": "id"}
"""Where an answer holds what a path needs."""
MAX_PROBLEMS_IN_NAME = 3
"""Errors that the name of a shared answer tells. No two answers differ only in further ones."""


def needs[View: Callable[..., Any]](
    permission: Permission, *problems: Problem, links: Iterable[str] = ()
) -> Callable[[View], View]:
    """Says of an endpoint which permission it needs, which errors of its own it has, what its answer leads on to.

    The check itself is the operation's that the endpoint calls.
    """
    scope = MINIMUM_ROLE[permission].api_name
    refusals = (
        () if permission in {Permission.VIEW_WORKSPACE, Permission.MANAGE_SELF} else (Problem.INSUFFICIENT_SCOPE,)
    )

    def note(operation: Operation) -> None:
        operation.openapi_extra = {
            "x-required-scope": scope,
            "x-problems": [*refusals, *problems],
            "x-links": list(links),
        }

    def decorate(view: View) -> View:
        contribute_operation_callback(view, note)
        return view

    return decorate


def complete(schema: dict[str, Any]) -> None:
    """Add to ninja's document all that the tables above say. Changes it in place."""
    schema["tags"] = [{"name": name, "description": words} for name, words in TAGS.items()]
    schema["security"] = [{"bearer": []}]
    components = schema["components"]
    components["schemas"]["Problem"] = PROBLEM_SCHEMA
    components["headers"] = HEADERS
    components["responses"] = {}
    components["securitySchemes"] = {"bearer": BEARER}
    paths = {
        operation["operationId"]: path for path, methods in schema["paths"].items() for operation in methods.values()
    }
    for path, methods in schema["paths"].items():
        for operation in methods.values():
            _complete_operation(path, operation, paths, components["responses"])
    told = json.dumps(schema)
    for name in [name for name in components["schemas"] if f'"#/components/schemas/{name}"' not in told]:
        del components["schemas"][name]  # what ninja knew of parameters, which stand by themselves


def _complete_operation(path: str, operation: dict[str, Any], paths: dict[str, str], shared: dict[str, Any]) -> None:
    operation["summary"] = operation["operationId"].replace("_", " ").capitalize()
    problems: list[Problem] = [*FOR_ALL, *operation.pop("x-problems"), *_by_shape(path, operation)]
    for parameter in operation["parameters"]:
        _complete_parameter(parameter)
    if operation["operationId"] in FORM_EXAMPLES:
        for content in operation["requestBody"]["content"].values():
            content["example"] = FORM_EXAMPLES[operation["operationId"]]
    links = operation.pop("x-links")
    for status, response in operation["responses"].items():
        response["description"] = HTTPStatus(int(status)).phrase
        response["headers"] = _refer("headers", [*OF_EVERY_ANSWER, *OF_EVERY_CALL, *_own_headers(operation, status)])
        if links:
            response["links"] = {name: _link(name, path, paths[name]) for name in links}
    for status in sorted({problem.status for problem in problems}):
        of_status = [problem for problem in Problem if problem in problems and problem.status == status]
        name = "_or_".join(problem.slug for problem in of_status[:MAX_PROBLEMS_IN_NAME])
        shared[name] = _answer(status, of_status)
        operation["responses"][status.value] = {"$ref": f"#/components/responses/{name}"}


def _by_shape(path: str, operation: dict[str, Any]) -> Iterable[Problem]:
    """The errors that follow from what an operation takes."""
    if "{" in path:
        yield Problem.NOT_FOUND
    if "requestBody" in operation:
        yield from FOR_BODIES
    for parameter in operation["parameters"]:
        yield from BY_HEADER.get(parameter["name"], ())


def _complete_parameter(parameter: dict[str, Any]) -> None:
    """A description, an example; and no null, which an address or a header can't hold."""
    schema = parameter["schema"]
    for choice in ("anyOf", "allOf"):
        for real in schema.pop(choice, ()):
            if real != {"type": "null"}:
                schema.update(real)
    if isinstance(parameter.get("examples"), list):  # as in a schema; a parameter has them by name
        [parameter["example"]] = parameter.pop("examples")
    if parameter["name"] in PARAMETERS:
        parameter["description"], parameter["example"] = PARAMETERS[parameter["name"]]
    if not parameter["required"]:  # else a page that tries calls out would send it unasked
        schema["examples"] = [parameter.pop("example")]


def _own_headers(operation: dict[str, Any], status: int) -> list[str]:
    headers = [*OF_OPERATION.get(operation["operationId"], ())]
    content = operation["responses"][status].get("content", {}).get("application/json")
    if content and content["schema"]["$ref"].rpartition("/")[2] in VERSIONED:
        headers.append("ETag")
    if status == HTTPStatus.CREATED:
        headers.append("Location")
    return headers


def _refer(kind: str, names: Iterable[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/{kind}/{name}"} for name in names}


def _answer(status: HTTPStatus, problems: list[Problem]) -> dict[str, Any]:
    """One error status, with an example of each problem that has it."""
    of_call = () if status == HTTPStatus.UNAUTHORIZED else OF_EVERY_CALL
    own = dict.fromkeys(header for problem in problems for header in problem.headers)
    return {
        "description": "; ".join(problem.title for problem in problems),
        "headers": _refer("headers", [*OF_EVERY_ANSWER, *of_call, *own]),
        "content": {
            CONTENT_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {problem.slug: {"value": _shown(problem)} for problem in problems},
            }
        },
    }


def _shown(problem: Problem) -> dict[str, Any]:
    return {
        "type": f"{EXAMPLE_HOST}{ERRORS_PAGE}#{problem.slug}",
        "title": problem.title,
        "status": problem.status.value,
        "detail": "What happened, in words for a person.",
    }


def _link(name: str, here: str, there: str) -> dict[str, Any]:
    """From an answer on to another operation: what its path needs is in the request's path, or in the answer."""
    known = PATH_PARAMETER.findall(here)
    parameters = {
        one: f"$request.path.{one}" if one in known else f"$response.body#/{IN_BODY[one]}"
        for one in PATH_PARAMETER.findall(there)
    }
    return {"operationId": name, "parameters": parameters}
