"""django-oauth-toolkit, with a view protected as in part 2 of its tutorial."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import path
from oauth2_provider.views.generic import ProtectedResourceView

from tests.benchmarks.projects.response_body import BODY


class Me(ProtectedResourceView):  # type: ignore[misc] # the package has no types
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        return JsonResponse(BODY)


urlpatterns = [path("api/v1/me", Me.as_view())]
