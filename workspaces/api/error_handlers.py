"""Every error that an endpoint or ninja raises, as problem+json."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.core.exceptions import ValidationError as FieldsInvalid
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError
from ninja.errors import ValidationError as RequestInvalid

from workspaces import idempotency
from workspaces.api.etags import (
    AlreadyCreated,
    PreconditionFailed,
    already_created,
    key_reused,
    precondition_failed,
    request_in_progress,
)
from workspaces.api.problems import Problem, invalid, not_allowed
from workspaces.api.requests import ApiRequest
from workspaces.errors import Conflict, NotAllowed

LENGTH_OF_BODY = 2
"""The location of the body itself is `("body", <name of the endpoint's parameter>)`."""
PARTS_OF_REQUEST = {"query", "path", "header", "form"}


def handle_errors(api: NinjaAPI) -> None:
    """Register a handler for each kind of error."""
    handlers: dict[type[Exception], Callable[..., HttpResponse]] = {
        PreconditionFailed: precondition_failed,
        AlreadyCreated: already_created,
        idempotency.RequestInProgress: request_in_progress,
        idempotency.KeyReused: key_reused,
        NotAllowed: refused,
        Conflict: lambda request, error: Problem.CONFLICT.response(error.message),
        FieldsInvalid: fields_invalid,
        RequestInvalid: request_invalid,
        HttpError: unreadable,
        Http404: not_found,
        ObjectDoesNotExist: not_found,
    }
    for error, handler in handlers.items():
        api.add_exception_handler(error, handler)


def refused(request: ApiRequest, error: NotAllowed) -> HttpResponse:
    """What the token that calls may not do."""
    request.principal.count_rejection(error)
    return not_allowed(error)


def not_found(request: HttpRequest, error: Exception) -> HttpResponse:
    """Another workspace's things do not exist either, and a thing may go between look-up and lock."""
    return Problem.NOT_FOUND.response("There is nothing at this address.")


def unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """ninja could not parse the body."""
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return invalid([("", "The body can't be read as JSON: look at its syntax, its depth and its numbers.")])
    return Problem.BAD_REQUEST.response(str(error))


def fields_invalid(request: HttpRequest, error: FieldsInvalid) -> HttpResponse:
    """What an operation said of a field."""
    return invalid([(f"/{field}", words) for field, messages in error.message_dict.items() for words in messages])


def request_invalid(request: HttpRequest, error: RequestInvalid) -> HttpResponse:
    """What the schema said of the body, or of a parameter."""
    return invalid([(_pointer(item["loc"]), _words(item)) for item in error.errors])


def _pointer(location: tuple[str | int, ...]) -> str:
    """`("body", "body", "label")` as `/label` (RFC 6901); `("query", "limit")` as `limit`."""
    part, *rest = location
    if part == "body":
        return "".join(f"/{escape(str(step))}" for step in rest[1:])
    return ".".join(str(step) for step in rest) if part in PARTS_OF_REQUEST else str(part)


def escape(step: str) -> str:
    """A step of a JSON pointer (RFC 6901, 3)."""
    return step.replace("~", "~0").replace("/", "~1")


def _words(item: Mapping[str, Any]) -> str:
    """pydantic's words without its prefix, never with the value that was sent."""
    if len(item["loc"]) == LENGTH_OF_BODY and item["loc"][0] == "body":
        return "Send a JSON object with the fields as the body."
    if item["type"] == "extra_forbidden":
        return f"There is no field “{item['loc'][-1]}”. Leave it out."
    if item["type"] == "missing":
        return f"The field “{item['loc'][-1]}” is missing."
    message = str(item["msg"]).removeprefix("Value error, ")
    return message if message.endswith(".") else f"{message}."
