"""Workspaces and their tokens, with the columns that Latchkey's responses show.

Two tables of tokens: one as djangorestframework-api-key's guide extends its model, one as a team writes it by hand.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from rest_framework_api_key.models import AbstractAPIKey

SCOPES = ("viewer", "team_member", "workspace_manager", "administrator", "owner")
SCOPE_CHOICES = [(scope, scope) for scope in SCOPES]


class Workspace(models.Model):
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    created = models.DateTimeField(auto_now_add=True)
    copy_policy = models.CharField(max_length=20, default="show_once")
    requests_per_minute = models.PositiveIntegerField(default=600)
    max_lifetime_days = models.PositiveIntegerField(null=True)
    non_expiring_allowed = models.BooleanField(default=True)
    default_expiry = models.CharField(max_length=10, default="1m")

    objects: ClassVar[models.Manager["Workspace"]] = models.Manager()

    class Meta:
        app_label = "workspace_tokens"

    def __str__(self) -> str:
        return self.name


class WorkspaceAPIKey(AbstractAPIKey):
    """An API key of a workspace, like the guide's `OrganizationAPIKey`, with the other columns of our responses."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="api_keys")
    scope = models.CharField(max_length=20, choices=SCOPE_CHOICES)
    creator = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    parent = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    last_used_at = models.DateTimeField(null=True)

    class Meta(AbstractAPIKey.Meta):
        app_label = "workspace_tokens"
        indexes = [models.Index(fields=["workspace", "-created"], name="api_key_newest_first")]

    @property
    def masked(self) -> str:
        return f"{self.prefix}…"

    @property
    def status(self) -> str:
        if self.revoked:
            return "disabled"
        return "expired" if self.has_expired else "active"


class WorkspaceToken(models.Model):
    """A bearer token of a workspace. The token itself is not stored, only its SHA-256 digest."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="tokens")
    key_id = models.CharField(max_length=10, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=100)
    scope = models.CharField(max_length=20, choices=SCOPE_CHOICES)
    created_at = models.DateTimeField(auto_now_add=True)
    creator = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    parent = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    expires_at = models.DateTimeField(null=True)
    disabled_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["WorkspaceToken"]] = models.Manager()

    class Meta:
        app_label = "workspace_tokens"
        indexes = [models.Index(fields=["workspace", "-created_at"], name="token_newest_first")]

    def __str__(self) -> str:
        return self.label

    @property
    def masked(self) -> str:
        return f"{self.key_id[:5]}…"

    @property
    def status(self) -> str:
        if self.disabled_at:
            return "disabled"
        return "expired" if self.expires_at and self.expires_at <= timezone.now() else "active"
