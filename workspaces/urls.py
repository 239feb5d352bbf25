from django.urls import include, path

from workspaces.views import email, events, founding, invitations, joining, members, opening, projects, restoring

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
    path("events/news", events.news, name="event_news"),
    path("events/export", events.export, name="export_events"),
    path("events/<int:pk>", events.event, name="event"),
    path("members", members.member_list, name="members"),
    path("members/columns", members.columns, name="member_columns"),
    path("members/invitations", invitations.invitation_list, name="invitations"),
    path("members/invitations/columns", invitations.columns, name="invitation_columns"),
    path("members/invitations/new", invitations.invite, name="invite"),
    path("members/invitations/<uuid:pk>/resend", invitations.resend, name="resend_invitation"),
    path("members/invitations/<uuid:pk>/revoke", invitations.revoke, name="revoke_invitation"),
]
urlpatterns = [
    path("accounts/email", email.ask, name="change_email"),
    path("accounts/email/confirm", email.confirm, name="confirm_email"),
    path("accounts/email/withdraw", email.withdraw, name="withdraw_email"),
    path("workspaces/new", founding.create, name="create"),
    path("invitations/<str:key>", joining.follow, name="follow_invitation"),
    path("invitation", joining.invitation, name="invitation"),
    path("invitation/change-account", joining.change_account, name="change_account"),
    path("workspaces/slug", founding.slug, name="slug"),
    path("workspace/<slug:slug>", opening.open_workspace, name="open"),
    path("workspace/<slug:slug>/restore", restoring.restore, name="restore"),
    path("workspace/<slug:slug>/", include(of_one_workspace)),
]
