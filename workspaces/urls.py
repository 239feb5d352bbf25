from django.urls import include, path

from workspaces.views import (
    accept_invitation,
    create_workspace,
    events,
    invitations,
    member_actions,
    members,
    open_workspace,
    projects,
    restore_workspace,
)

app_name = "workspaces"
of_one_workspace = [
    path("projects", projects.project_list, name="projects"),
    path("projects/columns", projects.columns, name="project_columns"),
    path("projects/new", projects.create, name="create_project"),
    path("projects/<uuid:pk>/rename", projects.rename, name="rename_project"),
    path("projects/<uuid:pk>/archive", projects.archive, name="archive_project"),
    path("projects/<uuid:pk>/unarchive", projects.unarchive, name="unarchive_project"),
    path("projects/<uuid:pk>/delete", projects.delete, name="delete_project"),
    path("events", events.event_list, name="events"),
    path("events/news", events.count_new_events, name="event_news"),
    path("events/export", events.export, name="export_events"),
    path("events/<int:pk>", events.event_details, name="event"),
    path("members", members.member_list, name="members"),
    path("members/columns", members.columns, name="member_columns"),
    path("members/leave", member_actions.leave, name="leave"),
    path("members/<int:pk>/role", member_actions.change_role, name="change_role"),
    path("members/<int:pk>/remove", member_actions.remove, name="remove_member"),
    path("members/invitations", invitations.invitation_list, name="invitations"),
    path("members/invitations/columns", invitations.columns, name="invitation_columns"),
    path("members/invitations/new", invitations.invite, name="invite"),
    path("members/invitations/<uuid:pk>/resend", invitations.resend, name="resend_invitation"),
    path("members/invitations/<uuid:pk>/revoke", invitations.revoke, name="revoke_invitation"),
]
urlpatterns = [
    path("workspaces/new", create_workspace.create, name="create"),
    path("invitations/<str:key>", accept_invitation.follow, name="follow_invitation"),
    path("invitation", accept_invitation.invitation, name="invitation"),
    path("invitation/change-account", accept_invitation.change_account, name="change_account"),
    path("workspaces/slug", create_workspace.slug, name="slug"),
    path("workspace/<slug:slug>", open_workspace.open_workspace, name="open"),
    path("workspace/<slug:slug>/restore", restore_workspace.restore, name="restore"),
    path("workspace/<slug:slug>/", include(of_one_workspace)),
]
