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
    """How far an open invitation is. Of several that hold, the first one counts."""

    EXPIRED = "expired", "Expired"
    VOID = "void", "Void"
    SENT = "sent", "Sent"
    FAILED = "failed", "Not sent"
    QUEUED = "queued", "Going out"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> Self:
        """Neither accepted nor revoked. They may have expired: then they can be sent again."""
        return self.filter(accepted_at=None, revoked_at=None)

    def queued(self) -> Self:
        """Those whose mail has still to go out, and is worth it."""
        return self.open().filter(sent_at=None, failed_at=None, expires_at__gt=timezone.now())

    def with_status(self, workspace: Workspace) -> Self:
        """Those of `workspace`, each with the role that its inviter acts with now (None: with none), and its status.

        Nobody lends more power than they hold: what someone could not give any more is void.
        """
        members = Membership.objects.filter(workspace=workspace, user=OuterRef("inviter"), user__is_active=True)
        least = MINIMUM_ROLE[Permission.MANAGE_MEMBERS]
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
                    When(
                        Q(inviter_role=None) | Q(inviter_role__lt=F("role")) | Q(inviter_role__lt=least),
                        then=Value(InvitationStatus.VOID),
                    ),
                    When(sent_at__isnull=False, then=Value(InvitationStatus.SENT)),
                    When(failed_at__isnull=False, then=Value(InvitationStatus.FAILED)),
                    default=Value(InvitationStatus.QUEUED),
                )
            )
        )


class Invitation(models.Model):
    """One address that is asked to join a workspace with a role.

    The link is no part of it: it is made from id and `version` when the mail is written, signed with the SECRET_KEY
    (`workspaces.invitations.links`). So neither the database nor the queue of mail holds what lets anybody in.

    version: which link counts. Each that is sent again has a new one, and ends those before.
    inviter_type, inviter_name: an actor's. inviter, inviter_token: the member, or the token's row, whose power it is.
    queued_at: since when the mail of this version is to go out. sent_at: when the mail server took it.
    failed_at: when it was given up. failure: why the last try failed, in words.
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
                name="invitation_is_open_once_per_address",
            ),
            models.CheckConstraint(name="invitation_role_is_known", condition=Q(role__in=Role.values)),
            models.CheckConstraint(name="invitation_ends_one_way", condition=Q(accepted_at=None) | Q(revoked_at=None)),
        ]
        indexes = [models.Index(fields=["workspace", "-created_at", "-id"], name="invitation_newest_first")]

    def __str__(self) -> str:
        return self.email

    @property
    def status_label(self) -> str:
        return str(InvitationStatus(self.status).label)

    @property
    def inviter_display(self) -> str:
        """Who invited, as a person reads it."""
        return self.inviter.display_name if self.inviter and self.inviter_type == "member" else self.inviter_name

    @property
    def inviter_public_name(self) -> str:
        """The same for who is invited: of a token, they read its creator's e-mail and not its id."""
        return self.inviter_name.rpartition("_")[0] if self.inviter_type == "token" else self.inviter_display

    def renew(self, **fields: Any) -> None:
        """Begin another version, whose mail is to go out. Not yet saved."""
        now = timezone.now()
        self.version += 1
        self.queued_at, self.expires_at = now, now + INVITATION_LIFETIME
        self.sent_at, self.failed_at, self.failure = None, None, ""
        for name, value in fields.items():
            setattr(self, name, value)
