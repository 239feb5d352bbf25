from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A person who signs in with `email`, which whoever adds them vouches for. Without a password they set one by
        the reset page."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        user.vouch_for_email()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """An operator with every right in the admin."""
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True, **fields})

    def get_by_natural_key(self, username: str | None) -> "User":
        """The user with this e-mail, whatever its case."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. The e-mail is the login, kept in lower case."""

    email = models.EmailField(unique=True, error_messages={"unique": "Another user has this e-mail already."})
    name = models.CharField(max_length=150, blank=True)
    is_active = models.BooleanField(
        default=True, help_text="Untick this instead of deleting someone: nothing of theirs is removed."
    )
    is_staff = models.BooleanField("operator", default=False, help_text="May open this admin.")
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

    def vouch_for_email(self) -> None:
        """Count the present e-mail as confirmed, and forget those before: they open nothing any more."""
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
        """One or two capitals for the avatar."""
        words = (self.name or self.email.partition("@")[0].replace(".", " ")).split()
        return "".join(word[0] for word in (words[0], *words[1:][-1:])).upper() if words else "?"


class EmailChange(models.Model):
    """A person's wish for another e-mail, until codes that were mailed to both addresses have come back.

    old_digest, new_digest: of the code that went to the present and to the future address.
    old_confirmed, new_confirmed: has this code come back? tries: how many wrong ones did.
    """

    HOLDS_FOR = timedelta(hours=1)
    MOST_TRIES = 5

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="email_change")
    email = models.EmailField()
    asked_at = models.DateTimeField(default=timezone.now)
    old_digest = models.CharField(max_length=64)
    new_digest = models.CharField(max_length=64)
    old_confirmed = models.BooleanField(default=False)
    new_confirmed = models.BooleanField(default=False)
    tries = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.user} to {self.email}"

    @property
    def ends_at(self) -> datetime:
        return self.asked_at + self.HOLDS_FOR

    @property
    def is_over(self) -> bool:
        return timezone.now() >= self.ends_at or self.tries >= self.MOST_TRIES

    @property
    def is_confirmed(self) -> bool:
        return self.old_confirmed and self.new_confirmed
