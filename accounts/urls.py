"""URLs of the account pages: the allauth pages that Latchkey uses, and its own."""

from allauth.account import views
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as apps
from allauth.mfa.webauthn import views as passkeys
from django.urls import path, re_path
from django.views.generic import RedirectView

from accounts.views.allauth_pages import add_app, confirm_email, recovery_codes, sign_up
from accounts.views.profile import cancel_email_change, confirm_email_change, profile, request_email_change
from accounts.views.sessions import end_other_sessions, end_session, session_list

urlpatterns = [
    path("login", views.login, name="account_login"),
    path("login/passkey", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path("login/mfa", mfa.authenticate, name="mfa_authenticate"),
    path("logout", views.logout, name="account_logout"),
    path("inactive", views.account_inactive, name="account_inactive"),
    path("reauthenticate", views.reauthenticate, name="account_reauthenticate"),
    path("reauthenticate/code", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("reauthenticate/passkey", passkeys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("signup", sign_up, name="account_signup"),
    path("confirm-email", confirm_email, name="account_email_verification_sent"),
    path("password/change", views.password_change, name="account_change_password"),
    path("password/set", views.password_set, name="account_set_password"),
    path("password/reset", views.password_reset, name="account_reset_password"),
    path("password/reset/done", views.password_reset_done, name="account_reset_password_done"),
    path("password/reset/key/done", views.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[-\w]+)$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("profile", profile, name="account_profile"),
    path("email", request_email_change, name="account_change_email"),
    path("email/confirm", confirm_email_change, name="account_confirm_email_change"),
    path("email/cancel", cancel_email_change, name="account_cancel_email_change"),
    path("sessions", session_list, name="account_sessions"),
    path("sessions/<int:pk>/end", end_session, name="account_end_session"),
    path("sessions/end-others", end_other_sessions, name="account_end_other_sessions"),
    path("mfa", mfa.index, name="mfa_index"),
    path("mfa/app/add", add_app, name="mfa_activate_totp"),
    path("mfa/app/remove", apps.deactivate_totp, name="mfa_deactivate_totp"),
    path("mfa/passkeys", RedirectView.as_view(pattern_name="mfa_index"), name="mfa_list_webauthn"),
    path("mfa/passkeys/add", passkeys.add_webauthn, name="mfa_add_webauthn"),
    path("mfa/passkeys/<int:pk>/rename", passkeys.edit_webauthn, name="mfa_edit_webauthn"),
    path("mfa/passkeys/<int:pk>/remove", passkeys.remove_webauthn, name="mfa_remove_webauthn"),
    path("mfa/recovery-codes", recovery_codes, name="mfa_view_recovery_codes"),
    path("mfa/recovery-codes/new", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"),
]
