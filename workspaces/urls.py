from django.urls import include, path

from workspaces.views import members, opening

app_name = "workspaces"
of_one_workspace = [
    path("members", members.member_list, name="members"),
    path("members/columns", members.columns, name="member_columns"),
]
urlpatterns = [
    path("workspaces", opening.workspace_list, name="list"),
    path("workspace/<slug:slug>", opening.open_workspace, name="open"),
    path("workspace/<slug:slug>/", include(of_one_workspace)),
]
