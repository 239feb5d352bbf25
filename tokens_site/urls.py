from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from access_tokens.api import api
from tokens_site import errors

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="access_tokens:workspaces")),
    path("", include("workspaces.urls")),
    path("", include("access_tokens.urls")),
    path("accounts/", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", api.urls),
]

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.page_not_found
handler500 = errors.server_error
