import uuid
from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, F, OuterRef, Q, Subquery, Value, When
from django.utils import timezone

from workspaces.credentials import get_credentials
from workspaces.models.membership import Membership
from workspaces.models.workspace import Workspace
from workspaces.permissions import MINIMUM_ROLE, Permission, Role

INVITATION_LIFETIME = timedelta(days=7)
MAX_MESSAGE_LENGTH = 500


class InvitationStatus(models.TextChoices):
    """The status of an open invitation, the first that applies."""

    EXPIRED = "expired", "Expired"
    VOID = "void", "Void"
    SENT = "sent", "Sent"
    FAILED = "failed", "Not sent"
    QUEUED = "queued", "Queued"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> Self:
        """Filter invitations that are neither accepted nor revoked. Expired ones can be sent again."""
        return self.filter(accepted_at=None, revoked_at=None)

    def queued(self) -> Self:
        """Filter invitations whose e-mail has yet to be sent."""
        return self.open().filter(sent_at=None, failed_at=None, expires_at__gt=timezone.now())

    def with_status(self, workspace: Workspace) -> Self:
        """Filter a workspace's invitations and annotate `inviter_role` and `status`.

        inviter_role: the inviter's current role, or None if they lost access. An invitation is void while the inviter
        could not send it now, because nobody grants more access than they have.
        """
        members = Membership.objects.filter(workspace=workspace, user=OuterRef("inviter"), user__is_active=True)
        minimum_role = MINIMUM_ROLE[Permission.MANAGE_MEMBERS]
        is_void = Q(inviter_role=None) | Q(inviter_role__lt=F("role")) | Q(inviter_role__lt=minimum_role)
        return (
            self.filter(workspace=workspace)
            .select_related("inviter")
            .annotate(
                inviter_role=Case(
                    When(inviter_type="member", then=Subquery(members.values("role"))),
                    When(inviter_type="token", then=get_credentials().active_scope(OuterRef("inviter_token"))),
                    default=Value(Role.OWNER),
                    output_field=models.PositiveSmallIntegerField(null=True),
                )
            )
            .annotate(
                status=Case(
                    When(expires_at__lte=timezone.now(), then=Value(InvitationStatus.EXPIRED)),
                    When(is_void, then=Value(InvitationStatus.VOID)),
                    When(sent_at__isnull=False, then=Value(InvitationStatus.SENT)),
                    When(failed_at__isnull=False, then=Value(InvitationStatus.FAILED)),
                    default=Value(InvitationStatus.QUEUED),
                )
            )
        )


class Invitation(models.Model):
    """An invitation to join a workspace with a role, sent to an e-mail address.

    Its link is not stored: it is signed with SECRET_KEY when the e-mail is written (`workspaces.invitations.links`), so
    neither the database nor the task queue can be used to join.

    version: the only version whose link works. Sending the invitation again increments it.
    inviter_type, inviter_name: `type` and `name` of the actor. inviter, inviter_token: the member, or the primary key
        of the token, whose current role decides whether the invitation is void.
    queued_at: when this version was queued. sent_at: when the mail server accepted the e-mail.
    failed_at: when sending was given up. failure: why the last attempt failed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.PositiveSmallIntegerField(choices=Role)
    message = models.CharField(max_length=MAX_MESSAGE_LENGTH, blank=True)
    version = models.PositiveSmallIntegerField(default=1)
    inviter_type = models.CharField(max_length=10)
    inviter_name = models.CharField(max_length=300)
    inviter = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    inviter_token = models.PositiveBigIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    queued_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=300, blank=True)
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    inviter_role: int | None
    status: str

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "email"],
                condition=Q(accepted_at=None, revoked_at=None),
                name="open_invitation_is_unique_per_email",
            ),
            models.CheckConstraint(name="invitation_role_is_known", condition=Q(role__in=Role.values)),
            models.CheckConstraint(
                name="invitation_is_not_accepted_and_revoked", condition=Q(accepted_at=None) | Q(revoked_at=None)
            ),
        ]
        indexes = [models.Index(fields=["workspace", "-created_at", "-id"], name="invitation_newest_first")]

    def __str__(self) -> str:
        return self.email

    @property
    def status_label(self) -> str:
        return str(InvitationStatus(self.status).label)

    @property
    def inviter_display(self) -> str:
        """The inviter, as members see it."""
        return self.inviter.display_name if self.inviter and self.inviter_type == "member" else self.inviter_name

    @property
    def inviter_public_name(self) -> str:
        """The inviter, as the invited person sees it: for a token, its creator's e-mail address."""
        return self.inviter_name.rpartition("_")[0] if self.inviter_type == "token" else self.inviter_display

    def start_new_version(self, **fields: Any) -> None:
        """Invalidate the present link and queue the e-mail again. Doesn't save."""
        now = timezone.now()
        self.version += 1
        self.queued_at, self.expires_at = now, now + INVITATION_LIFETIME
        self.sent_at, self.failed_at, self.failure = None, None, ""
        for name, value in fields.items():
            setattr(self, name, value)
