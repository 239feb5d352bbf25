from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from tokens_site import error_pages
from tokens_site.api import api

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="access_tokens:workspaces")),
    path("", include("workspaces.urls")),
    path("", include("access_tokens.urls")),
    path("accounts/", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", api.urls),
]

handler400 = error_pages.bad_request
handler403 = error_pages.permission_denied
handler404 = error_pages.page_not_found
handler500 = error_pages.server_error
