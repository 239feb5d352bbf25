"""django-oauth-toolkit, as its tutorial protects a view (part 2)."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import path
from oauth2_provider.views.generic import ProtectedResourceView

from tests.benchmarks.projects.answer import ANSWER


class Me(ProtectedResourceView):  # type: ignore[misc] # it has no types
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        return JsonResponse(ANSWER)


urlpatterns = [path("api/v1/me", Me.as_view())]
