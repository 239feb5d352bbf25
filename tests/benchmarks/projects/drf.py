"""Django REST Framework with its TokenAuthentication."""

from django.urls import path
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from tests.benchmarks.projects.answer import ANSWER


@api_view(["GET"])  # type: ignore[untyped-decorator] # it has no types
def me(request: Request) -> Response:
    return Response(ANSWER)


urlpatterns = [path("api/v1/me", me)]
