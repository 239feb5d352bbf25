"""User accounts and pending changes of e-mail addresses."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a user whose e-mail address counts as verified. Without a password, they set one by a reset link."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        user.mark_email_verified()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create an operator."""
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True, **fields})

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the user with this e-mail address, in any case."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person, who signs in with an e-mail address, stored in lower case."""

    email = models.EmailField(unique=True, error_messages={"unique": "Another user has this e-mail address."})
    name = models.CharField(max_length=150, blank=True)
    is_active = models.BooleanField(
        default=True, help_text="Clear this to deactivate the user instead of deleting them."
    )
    is_staff = models.BooleanField("operator", default=False, help_text="Can use this admin.")
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_is_unique_in_any_case"),
        ]

    def __str__(self) -> str:
        return self.email

    def mark_email_verified(self) -> None:
        """Count the current e-mail address as verified, and delete previous ones, which no longer sign in."""
        addresses = self.emailaddress_set  # type: ignore[attr-defined] # allauth's, which has no types
        addresses.all().delete()
        addresses.create(email=self.email, verified=True, primary=True)

    @property
    def display_name(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.display_name

    def get_short_name(self) -> str:
        return self.display_name

    @property
    def initials(self) -> str:
        """One or two capital letters for the avatar."""
        words = (self.name or self.email.partition("@")[0].replace(".", " ")).split()
        return "".join(word[0] for word in (words[0], *words[1:][-1:])).upper() if words else "?"


class EmailChange(models.Model):
    """A change of a user's e-mail address that waits for the codes sent to both addresses.

    old_digest, new_digest: digests of the codes sent to the current and to the new address.
    old_confirmed, new_confirmed: whether this code was entered. failed_attempts: number of wrong codes.
    """

    LIFETIME = timedelta(hours=1)
    MAX_FAILED_ATTEMPTS = 5

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="email_change")
    email = models.EmailField()
    requested_at = models.DateTimeField(default=timezone.now)
    old_digest = models.CharField(max_length=64)
    new_digest = models.CharField(max_length=64)
    old_confirmed = models.BooleanField(default=False)
    new_confirmed = models.BooleanField(default=False)
    failed_attempts = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.user} to {self.email}"

    @property
    def expires_at(self) -> datetime:
        return self.requested_at + self.LIFETIME

    @property
    def is_expired(self) -> bool:
        return timezone.now() >= self.expires_at or self.failed_attempts >= self.MAX_FAILED_ATTEMPTS

    @property
    def is_confirmed(self) -> bool:
        return self.old_confirmed and self.new_confirmed
