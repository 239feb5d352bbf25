from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, URLResolver, include, path, register_converter
from django.urls.converters import StringConverter
from django.views.generic import RedirectView

from access_tokens.guides import NAMES
from access_tokens.token_format import KEY_ID_PATTERN
from access_tokens.views import (
    copy_token,
    delete_token,
    delete_workspace,
    disable_token,
    guides,
    rotate_token,
    token_details,
    token_form,
    token_list,
    token_policies,
    workspace_list,
    workspace_settings,
)

app_name = "access_tokens"


class KeyIdConverter(StringConverter):
    regex = KEY_ID_PATTERN.pattern


register_converter(KeyIdConverter, "key_id")

first_guide = {"name": NAMES[0]}
to_guide = RedirectView.as_view(pattern_name="access_tokens:guide")
to_workspace_guide = RedirectView.as_view(pattern_name="access_tokens:workspace_guide")
token_urls = [
    path("details", token_details.details, name="details"),
    path("edit", token_form.edit, name="edit"),
    path("enable", disable_token.enable, name="enable"),
    path("disable", disable_token.disable, name="disable"),
    path("delete", delete_token.delete, name="delete"),
    path("copy", copy_token.copy, name="copy"),
    path("rotate", rotate_token.rotate, name="rotate"),
    path("rotation/end", rotate_token.end_rotation, name="end_rotation"),
    path("child-tokens/disable", disable_token.disable_child_tokens, name="disable_child_tokens"),
]
workspace_urls: list[URLPattern | URLResolver] = [
    path("access-tokens", token_list.token_list, name="list"),
    path("access-tokens/columns", token_list.columns, name="columns"),
    path("access-tokens/new", token_form.create, name="create"),
    path("access-tokens/check-label", token_form.check_label, name="check_label"),
    path("access-tokens/<key_id:key_id>/", include(token_urls)),
    path("settings", workspace_settings.settings_page, name="settings"),
    path("settings/roles", workspace_settings.roles, name="roles"),
    path("settings/name", workspace_settings.rename, name="rename_workspace"),
    path("settings/copy-policy", token_policies.copy_policy, name="copy_policy"),
    path("settings/rate-limit", token_policies.rate_limit, name="rate_limit"),
    path("settings/expiry-policy", token_policies.expiry_policy, name="expiry_policy"),
    path("settings/delete", delete_workspace.delete, name="delete_workspace"),
    path("help", to_workspace_guide, first_guide, name="workspace_help"),
    path("help/<str:name>", guides.workspace_guide, name="workspace_guide"),
]
urlpatterns = [
    path("workspaces", workspace_list.workspace_list, name="workspaces"),
    path("help", login_not_required(to_guide), first_guide, name="help"),
    path("help/<str:name>", guides.public_guide, name="guide"),
    path("workspace/<slug:slug>/", include(workspace_urls)),
]
