"""django-ninja with its HttpBearer, which looks the token's digest up by the ORM."""

from hashlib import sha256

from django.http import HttpRequest
from django.urls import path
from ninja import NinjaAPI
from ninja.security import HttpBearer

from tests.benchmarks.projects.answer import ANSWER
from tests.benchmarks.projects.bearer_tokens.models import BearerToken


class Bearer(HttpBearer):
    def authenticate(self, request: HttpRequest, token: str) -> BearerToken | None:
        digest = sha256(token.encode()).hexdigest()
        found: BearerToken | None = BearerToken.objects.select_related("user").filter(digest=digest).first()
        return found


api = NinjaAPI(auth=Bearer())


@api.get("/me")
def me(request: HttpRequest) -> dict[str, str]:
    return ANSWER


urlpatterns = [path("api/v1/", api.urls)]
