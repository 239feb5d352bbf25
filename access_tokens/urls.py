from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, URLResolver, include, path, register_converter
from django.urls.converters import StringConverter
from django.views.generic import RedirectView

from access_tokens.guides import ORDER
from access_tokens.token_format import KEY_ID_PATTERN
from access_tokens.views import (
    actions,
    delete_workspace,
    editing,
    guides,
    offboarding,
    rotation,
    token_details,
    token_list,
    token_policies,
    workspace_list,
    workspace_settings,
)

app_name = "access_tokens"


class KeyIdConverter(StringConverter):
    regex = KEY_ID_PATTERN.pattern


register_converter(KeyIdConverter, "key_id")

first_guide = {"name": ORDER[0]}
to_guide = RedirectView.as_view(pattern_name="access_tokens:guide")
to_workspace_guide = RedirectView.as_view(pattern_name="access_tokens:workspace_guide")
of_one_token = [
    path("details", token_details.details, name="details"),
    path("edit", editing.edit, name="edit"),
    path("enable", actions.enable, name="enable"),
    path("disable", actions.disable, name="disable"),
    path("delete", actions.delete, name="delete"),
    path("copy", actions.copy, name="copy"),
    path("rotate", rotation.rotate, name="rotate"),
    path("rotation/end", rotation.end_rotation, name="end_rotation"),
    path("child-tokens/disable", actions.disable_child_tokens, name="disable_child_tokens"),
]
of_one_workspace: list[URLPattern | URLResolver] = [
    path("access-tokens", token_list.token_list, name="list"),
    path("access-tokens/columns", token_list.columns, name="columns"),
    path("access-tokens/new", editing.create, name="create"),
    path("access-tokens/check-label", editing.check_label, name="check_label"),
    path("access-tokens/<key_id:key_id>/", include(of_one_token)),
    path("members/leave", offboarding.leave, name="leave"),
    path("members/<int:pk>/role", offboarding.change_role, name="change_role"),
    path("members/<int:pk>/remove", offboarding.remove, name="remove_member"),
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
    path("workspace/<slug:slug>/", include(of_one_workspace)),
]
