"""Django's own admin, with the same rows as Latchkey's list of tokens and as many of them on a page."""

from django.contrib.admin import AdminSite, ModelAdmin
from django.urls import path

from access_tokens.models import AccessToken
from tokens_site.urls import urlpatterns as latchkey_urlpatterns
from workspaces.pagination.numbered import PAGE_SIZES


class StockTokenAdmin(ModelAdmin):  # type: ignore[type-arg] # only the stubs have a type parameter
    list_display = ("label", "key_id", "scope", "created_at", "expires_at", "disabled_at")
    list_filter = ("scope", "workspace")
    list_per_page = PAGE_SIZES[0]


site = AdminSite(name="stock")
site.register(AccessToken, StockTokenAdmin)
urlpatterns = [*latchkey_urlpatterns, path("stock/", site.urls)]
