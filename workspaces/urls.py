from django.urls import path

from workspaces import views

app_name = "workspaces"
urlpatterns = [
    path("workspaces", views.workspace_list, name="list"),
    path("workspace/<slug:slug>", views.open_workspace, name="open"),
]
