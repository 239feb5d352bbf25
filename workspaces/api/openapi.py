"""The OpenAPI document: adds errors, headers and links to what ninja generates from the endpoints."""

import json
import re
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any

from ninja.operation import Operation

from workspaces.api.headers import ALWAYS_SENT, HEADERS, SENT_WHEN_AUTHENTICATED
from workspaces.api.problems import CONTENT_TYPE, ERRORS_PAGE, Problem
from workspaces.permissions import MINIMUM_ROLE, Permission, Role

type Json = dict[str, Any]
EXAMPLE_HOST = "https://tokens.example.com"
COMMON_PROBLEMS = (
    Problem.BAD_REQUEST,
    *(problem for problem in Problem if problem.status == HTTPStatus.UNAUTHORIZED),
    Problem.INVALID_REQUEST,
    Problem.RATE_LIMITED,
    Problem.TOO_MANY_FAILURES,
    Problem.INTERNAL_ERROR,
    Problem.UNAVAILABLE,
)
BODY_PROBLEMS = (Problem.LENGTH_REQUIRED, Problem.CONTENT_TOO_LARGE, Problem.UNSUPPORTED_MEDIA_TYPE)
PARAMETER_PROBLEMS = {
    "If-Match": (Problem.PRECONDITION_FAILED,),
    "Idempotency-Key": (Problem.ALREADY_CREATED, Problem.REQUEST_IN_PROGRESS, Problem.IDEMPOTENCY_KEY_REUSED),
}
PATH_PARAMETER = re.compile(r"{(\w+)}")
MAX_PROBLEMS_IN_NAME = 3
"""Slugs in the name of a shared response. No two responses differ only in later ones."""
PROBLEM_SCHEMA = {
    "type": "object",
    "description": "An error (RFC 9457). `type` is the URL of the page that explains the error and what to do.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened, for people."},
        "errors": {
            "type": "array",
            "description": "The wrong fields. `pointer` is a JSON pointer into the body or the name of a parameter.",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
        "required_scope": {"type": "string", "description": "The minimum scope for this request."},
        "existing": {
            "type": ["string", "null"],
            "description": "The path of what the first request with this idempotency key created.",
        },
    },
}


def describe_operation(
    operation: Operation,
    permission: Permission,
    *,
    problems: Iterable[Problem],
    links: Iterable[str],
    headers: Iterable[str],
) -> None:
    """Take summary and description from the endpoint's docstring, and note for `complete_document` what it declares."""
    summary, _, operation.description = (operation.description or "").partition("\n\n")
    operation.summary = summary.removesuffix(".")
    scope = MINIMUM_ROLE[permission]
    operation.openapi_extra = {
        **(operation.openapi_extra or {}),
        "x-required-scope": scope.api_name,
        "x-problems": [*([Problem.INSUFFICIENT_SCOPE] if scope > min(Role) else []), *problems],
        "x-links": list(links),
        "x-headers": list(headers),
    }


def complete_document(document: Json) -> None:
    """Add to ninja's document, in place, what it can't know: errors, headers, links and shared components."""
    components = document["components"]
    components["schemas"]["Problem"] = PROBLEM_SCHEMA
    components["headers"] = HEADERS
    components["responses"] = {}
    operations = [(path, operation) for path, methods in document["paths"].items() for operation in methods.values()]
    paths = {operation["operationId"]: path for path, operation in operations}
    for path, operation in operations:
        for parameter in operation["parameters"]:
            _complete_parameter(parameter)
        problems = [*COMMON_PROBLEMS, *operation.pop("x-problems"), *_implied_problems(path, operation)]
        headers, links = operation.pop("x-headers"), operation.pop("x-links")
        for status, response in operation["responses"].items():
            response["description"] = HTTPStatus(int(status)).phrase
            response["headers"] = _references("headers", [*ALWAYS_SENT, *SENT_WHEN_AUTHENTICATED, *headers])
            if links:
                response["links"] = {name: _link(name, path, paths[name], response, components) for name in links}
        for name, status, response in _error_responses(problems):
            components["responses"][name] = response
            operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}
    _remove_unused_schemas(document)


def _complete_parameter(parameter: Json) -> None:
    """Remove null, which URLs and headers can't hold, and place the example where OpenAPI wants it."""
    schema = parameter["schema"]
    schema.pop("description")  # the parameter has it too
    for choice in [*schema.pop("anyOf", ()), *schema.pop("allOf", ())]:
        if choice != {"type": "null"}:
            schema.update(choice)
    [example] = parameter.pop("examples")
    if parameter["required"]:
        parameter["example"] = example
    else:  # otherwise Swagger UI would send it unasked
        schema["examples"] = [example]


def _implied_problems(path: str, operation: Json) -> Iterator[Problem]:
    if "{" in path:
        yield Problem.NOT_FOUND
    if "requestBody" in operation:
        yield from BODY_PROBLEMS
    for parameter in operation["parameters"]:
        yield from PARAMETER_PROBLEMS.get(parameter["name"], ())


def _error_responses(problems: list[Problem]) -> Iterator[tuple[str, int, Json]]:
    """Yield the name, status and content of one response per status, with an example of each problem."""
    for status in sorted({problem.status for problem in problems}):
        of_status = [problem for problem in Problem if problem in problems and problem.status == status]
        headers = dict.fromkeys(header for problem in of_status for header in problem.headers)
        authenticated = () if status == HTTPStatus.UNAUTHORIZED else SENT_WHEN_AUTHENTICATED
        content = {
            "schema": {"$ref": "#/components/schemas/Problem"},
            "examples": {problem.slug: {"value": _example(problem)} for problem in of_status},
        }
        yield (
            "_or_".join(problem.slug for problem in of_status[:MAX_PROBLEMS_IN_NAME]),
            status.value,
            {
                "description": "; ".join(problem.title for problem in of_status),
                "headers": _references("headers", [*ALWAYS_SENT, *authenticated, *headers]),
                "content": {CONTENT_TYPE: content},
            },
        )


def _example(problem: Problem) -> Json:
    return {
        "type": f"{EXAMPLE_HOST}{ERRORS_PAGE}#{problem.slug}",
        "title": problem.title,
        "status": problem.status.value,
        "detail": "What happened, and what to do about it.",
    }


def _references(kind: str, names: Iterable[str]) -> Json:
    return {name: {"$ref": f"#/components/{kind}/{name}"} for name in names}


def _link(name: str, source: str, target: str, response: Json, components: Json) -> Json:
    """Link a response to an operation. Path parameters come from the path of the request or from the response."""
    [content] = response["content"].values()
    fields = components["schemas"][content["schema"]["$ref"].rpartition("/")[2]]["properties"]
    parameters = {
        parameter: f"$request.path.{parameter}"
        if parameter in PATH_PARAMETER.findall(source)
        else f"$response.body#/{parameter if parameter in fields else 'id'}"
        for parameter in PATH_PARAMETER.findall(target)
    }
    return {"operationId": name, "parameters": parameters}


def _remove_unused_schemas(document: Json) -> None:
    """Remove the schemas of query parameters: OpenAPI lists parameters one by one."""
    text, schemas = json.dumps(document), document["components"]["schemas"]
    for name in [name for name in schemas if f'"#/components/schemas/{name}"' not in text]:
        del schemas[name]
