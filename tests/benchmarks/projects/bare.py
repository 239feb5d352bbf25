"""The ceiling: a view without authentication, in a Django without middleware."""

from django.http import HttpRequest, JsonResponse
from django.urls import path

from tests.benchmarks.projects.answer import ANSWER


def me(request: HttpRequest) -> JsonResponse:
    return JsonResponse(ANSWER)


urlpatterns = [path("api/v1/me", me)]
