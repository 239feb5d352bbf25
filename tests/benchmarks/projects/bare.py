"""A view without authentication or database, in a project without middleware."""

from django.http import HttpRequest, JsonResponse
from django.urls import path

from tests.benchmarks.projects.response_body import BODY


def me(request: HttpRequest) -> JsonResponse:
    return JsonResponse(BODY)


urlpatterns = [path("api/v1/me", me)]
