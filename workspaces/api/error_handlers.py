"""Responses to the errors that endpoints, operations and ninja raise."""

from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.core.exceptions import ValidationError as InvalidFields
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError
from ninja.errors import ValidationError as InvalidRequest

from workspaces.api.etags import PreconditionFailed
from workspaces.api.idempotency_keys import AlreadyCreated
from workspaces.api.problems import Problem, invalid, not_allowed
from workspaces.api.requests import ApiRequest
from workspaces.errors import Conflict, NotAllowed
from workspaces.idempotency import KeyReused, RequestInProgress

BODY_LOCATION_LENGTH = 2
"""Length of the location of the body itself: `("body", <name of the endpoint's parameter>)`."""
PARAMETER_SOURCES = {"query", "path", "header", "form"}


def handle_errors(api: NinjaAPI) -> None:
    """Register the handlers below."""
    for error, handler in HANDLERS.items():
        api.add_exception_handler(error, handler)


def _precondition_failed(request: HttpRequest, error: PreconditionFailed) -> HttpResponse:
    return Problem.PRECONDITION_FAILED.response(error.message, headers={"ETag": error.etag})


def _already_created(request: HttpRequest, error: AlreadyCreated) -> HttpResponse:
    headers = {"Location": error.path} if error.path else None
    return Problem.ALREADY_CREATED.response(error.message, headers=headers, existing=error.path)


def _request_in_progress(request: HttpRequest, error: RequestInProgress) -> HttpResponse:
    return Problem.REQUEST_IN_PROGRESS.response(error.message, headers={"Retry-After": "1"})


def _key_reused(request: HttpRequest, error: KeyReused) -> HttpResponse:
    return Problem.IDEMPOTENCY_KEY_REUSED.response(error.message)


def _not_allowed(request: ApiRequest, error: NotAllowed) -> HttpResponse:
    request.principal.count_rejection(error)
    return not_allowed(error)


def _conflict(request: HttpRequest, error: Conflict) -> HttpResponse:
    return Problem.CONFLICT.response(error.message)


def not_found(request: HttpRequest, error: Exception) -> HttpResponse:
    """Return the same response for what doesn't exist, belongs to another workspace, or was just deleted."""
    return Problem.NOT_FOUND.response("There is nothing at this URL. Check the URL and the IDs in it.")


def _unreadable_body(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Return the response to a body that ninja can't parse, the only HttpError that it raises here."""
    return invalid([("", "The body is not valid JSON. Check its syntax, nesting depth and numbers.")])


def _invalid_fields(request: HttpRequest, error: InvalidFields) -> HttpResponse:
    """Return what an operation says about fields of the body."""
    return invalid([(f"/{field}", text) for field, messages in error.message_dict.items() for text in messages])


def _invalid_request(request: HttpRequest, error: InvalidRequest) -> HttpResponse:
    """Return what pydantic says about the body and parameters."""
    return invalid([(_pointer(item["loc"]), _message(item)) for item in error.errors])


def _pointer(location: tuple[str | int, ...]) -> str:
    """Return `/label` for `("body", "body", "label")` (RFC 6901), and `limit` for `("query", "limit")`."""
    source, *steps = location
    if source == "body":
        return "".join(f"/{_escape(str(step))}" for step in steps[1:])
    return ".".join(str(step) for step in steps) if source in PARAMETER_SOURCES else str(source)


def _escape(step: str) -> str:
    """Escape a step of a JSON pointer (RFC 6901, section 3)."""
    return step.replace("~", "~0").replace("/", "~1")


def _message(item: Mapping[str, Any]) -> str:
    """Return a message about one field. It never contains the value that was sent."""
    location = item["loc"]
    if len(location) == BODY_LOCATION_LENGTH and location[0] == "body":
        return "Send a JSON object as the body."
    if item["type"] == "extra_forbidden":
        return f"There is no field “{location[-1]}”. Remove it."
    if item["type"] == "missing":
        return f"“{location[-1]}” is required."
    message = str(item["msg"]).removeprefix("Value error, ")
    return message if message.endswith(".") else f"{message}."


HANDLERS: Mapping[type[Exception], Callable[..., HttpResponse]] = {
    PreconditionFailed: _precondition_failed,
    AlreadyCreated: _already_created,
    RequestInProgress: _request_in_progress,
    KeyReused: _key_reused,
    NotAllowed: _not_allowed,
    Conflict: _conflict,
    InvalidFields: _invalid_fields,
    InvalidRequest: _invalid_request,
    HttpError: _unreadable_body,
    Http404: not_found,
    ObjectDoesNotExist: not_found,
}
