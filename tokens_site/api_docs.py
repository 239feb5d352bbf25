"""The OpenAPI document at `/api/v1/openapi.json`, and the page at `/api/v1/docs` that shows it."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase
from ninja.openapi.schema import OpenAPISchema

from workspaces.api.openapi import complete_document

BEARER_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "lkey_…",
    "description": "An access token of your workspace.",
}


class ApiDocs(DocsBase):
    """Swagger UI from our own static files, so that it works with the console's Content-Security-Policy."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        return render(request, "access_tokens/api_docs.html", {"schema_url": self.get_openapi_url(api, kwargs)})


class DocumentedAPI(NinjaAPI):
    """An API whose OpenAPI document is complete and generated once per process."""

    _document: OpenAPISchema | None = None

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        if self._document is None:
            document = super().get_openapi_schema(**kwargs)
            document["components"]["securitySchemes"] = {"bearer": BEARER_SCHEME}
            complete_document(document)
            self._document = document
        return self._document


def public_view(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let anyone read a view, without signing in."""
    return login_not_required(require_safe(view))
