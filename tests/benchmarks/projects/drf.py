"""Django REST Framework with its TokenAuthentication."""

from django.urls import path
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from tests.benchmarks.projects.response_body import BODY


@api_view(["GET"])  # type: ignore[untyped-decorator] # the package has no types
def me(request: Request) -> Response:
    return Response(BODY)


urlpatterns = [path("api/v1/me", me)]
