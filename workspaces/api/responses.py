from http import HTTPStatus

from django.http import HttpResponse


def no_content() -> HttpResponse:
    """Return the response to a successful deletion."""
    return HttpResponse(status=HTTPStatus.NO_CONTENT)
