"""django-ninja. Its HttpBearer looks up the token's digest with the ORM."""

from hashlib import sha256

from django.http import HttpRequest
from django.urls import path
from ninja import NinjaAPI
from ninja.security import HttpBearer

from tests.benchmarks.projects.bearer_tokens.models import BearerToken
from tests.benchmarks.projects.response_body import BODY


class TokenAuth(HttpBearer):
    def authenticate(self, request: HttpRequest, token: str) -> BearerToken | None:
        digest = sha256(token.encode()).hexdigest()
        found: BearerToken | None = BearerToken.objects.select_related("user").filter(digest=digest).first()
        return found


api = NinjaAPI(auth=TokenAuth())


@api.get("/me")
def me(request: HttpRequest) -> dict[str, str]:
    return BODY


urlpatterns = [path("api/v1/", api.urls)]
