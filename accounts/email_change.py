"""Changing one's e-mail: asked for here, confirmed by a code from each address. Who keeps events makes the change.

The code of the old address shows that its owner agrees, that of the new one that it is theirs. Both are typed into a
session of the person, so that a mail which others read opens nothing.
"""

from allauth.account.adapter import get_adapter
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac

from accounts.models import EmailChange, User

ALPHABET = "23456789BCDFGHJKLMNPQRSTVWXYZ"
CODE_LENGTH = 8
OVER = "These codes no longer hold. Ask for the change again."
WRONG = "This is not the code of that e-mail. Look for the newest one."


def ask(user: User, email: str) -> EmailChange:
    """Mail a code to both addresses. A wish from before is over.

    That another account has `email` is told by mail to its owner alone: nobody finds out here who has an account. The
    change then waits for a code that nobody gets.

    Raises: ValidationError, for the e-mail that they have.
    """
    email = email.strip().lower()
    if email == user.email:
        raise ValidationError("This is your e-mail already.")
    old_code, new_code = (get_random_string(CODE_LENGTH, ALPHABET) for _ in range(2))
    change = EmailChange(user=user, email=email, asked_at=timezone.now())
    change.old_digest, change.new_digest = _digest(change, old_code), _digest(change, new_code)
    with transaction.atomic():
        EmailChange.objects.filter(user=user).delete()
        change.save()
    is_taken = User.objects.filter(email=email).exists()
    about = {"user": user, "new_email": email, "hours": EmailChange.HOLDS_FOR.seconds // 3600}
    get_adapter().send_mail("account/email/change_from", user.email, {**about, "code": old_code})
    get_adapter().send_mail(f"account/email/change_{'taken' if is_taken else 'to'}", email, {**about, "code": new_code})
    return change


def pending(user: User) -> EmailChange | None:
    """What waits for its codes, if it still may have them."""
    change = EmailChange.objects.filter(user=user).first()
    return None if change is None or change.is_over else change


def give_back(user: User, *, old_code: str = "", new_code: str = "") -> EmailChange:
    """Take the codes that came back, either or both, in any order. The answer tells which are there now.

    Each wrong one counts, and after a few of them none is right any more.

    Raises: ValidationError (old_code, new_code; none of them: the wish is over, withdrawn or made).
    """
    wrong = {}
    with transaction.atomic():
        change = EmailChange.objects.select_for_update().filter(user=user).first()
        if change is None or change.is_over:
            raise ValidationError(OVER)
        for side, code in (("old", old_code), ("new", new_code)):
            if code and not _accept(change, side, code):
                wrong[f"{side}_code"] = WRONG
        change.save(update_fields=["old_confirmed", "new_confirmed", "tries"])
    if wrong:
        raise ValidationError(OVER if change.is_over else wrong)
    return change


def withdraw(user: User) -> None:
    """Whoever still has a code of it can do nothing with it."""
    EmailChange.objects.filter(user=user).delete()


def tell_old_address(user: User, before: str) -> None:
    """After the change: the address that somebody had until now is the one that a thief would want to keep quiet."""
    about = {"from_email": before, "to_email": user.email}
    get_adapter().send_notification_mail("account/email/email_changed", user, about, email=before)


def forget_old_wishes() -> int:
    """Returns how many are removed because their codes no longer hold."""
    count, _ = EmailChange.objects.filter(asked_at__lt=timezone.now() - EmailChange.HOLDS_FOR).delete()
    return count


def _accept(change: EmailChange, side: str, code: str) -> bool:
    is_right = constant_time_compare(_digest(change, code.strip().upper()), getattr(change, f"{side}_digest"))
    if is_right:
        setattr(change, f"{side}_confirmed", True)
    else:
        change.tries += 1
    return is_right


def _digest(change: EmailChange, code: str) -> str:
    bound = f"{change.user_id} {change.email} {code}"
    return salted_hmac("accounts.email_change", bound, algorithm="sha256").hexdigest()
