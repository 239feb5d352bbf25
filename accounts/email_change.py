"""A user's change of e-mail address: requested here and confirmed by a code from each address.

The code of the current address shows that its owner agrees, and the code of the new one that it belongs to them. Both
are entered in a session of the user, so a stolen e-mail is not enough. The app above this one applies the confirmed
change, because it writes events.
"""

from allauth.account.adapter import get_adapter
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac

from accounts.models import EmailChange, User

CODE_ALPHABET = "23456789BCDFGHJKLMNPQRSTVWXYZ"
CODE_LENGTH = 8
EXPIRED = "These codes have expired. Request the change again."
WRONG_CODE = "This code is wrong. Use the code from the newest e-mail."


def request_change(user: User, email: str) -> EmailChange:
    """Send a code to the current and to the new address. This replaces an earlier request.

    If the new address belongs to another account, only its owner learns that, by e-mail: the page must not reveal who
    has an account. The change then waits for a code that nobody received.

    Raises: ValidationError if `email` is the user's current address.
    """
    email = email.strip().lower()
    if email == user.email:
        raise ValidationError("This already is your e-mail address.")
    old_code, new_code = (get_random_string(CODE_LENGTH, CODE_ALPHABET) for _ in range(2))
    change = EmailChange(user=user, email=email, requested_at=timezone.now())
    change.old_digest, change.new_digest = _digest(change, old_code), _digest(change, new_code)
    with transaction.atomic():
        EmailChange.objects.filter(user=user).delete()
        change.save()
    new_template = "change_taken" if User.objects.filter(email=email).exists() else "change_to"
    context = {"user": user, "new_email": email}
    get_adapter().send_mail("account/email/change_from", user.email, {**context, "code": old_code})
    get_adapter().send_mail(f"account/email/{new_template}", email, {**context, "code": new_code})
    return change


def get_pending_change(user: User) -> EmailChange | None:
    """Return the change that waits for its codes, unless they have expired."""
    change = EmailChange.objects.filter(user=user).first()
    return None if change is None or change.is_expired else change


def confirm_codes(user: User, *, old_code: str = "", new_code: str = "") -> EmailChange:
    """Accept one or both codes, in any order. Return the change, which knows the codes that are confirmed.

    After `EmailChange.MAX_FAILED_ATTEMPTS` wrong codes, none is accepted anymore.

    Raises: ValidationError for the fields old_code and new_code, or without a field if the change has expired.
    """
    errors = {}
    with transaction.atomic():
        change = EmailChange.objects.select_for_update().filter(user=user).first()
        if change is None or change.is_expired:
            raise ValidationError(EXPIRED)
        for side, code in (("old", old_code), ("new", new_code)):
            if code and not _confirm(change, side, code):
                errors[f"{side}_code"] = WRONG_CODE
        change.save(update_fields=["old_confirmed", "new_confirmed", "failed_attempts"])
    if errors:
        raise ValidationError(EXPIRED if change.is_expired else errors)
    return change


def cancel_change(user: User) -> None:
    """Cancel the pending change. Its codes are no longer accepted."""
    EmailChange.objects.filter(user=user).delete()


def notify_previous_address(user: User, previous_email: str) -> None:
    """Tell the previous address of a completed change, because a thief would want to keep it secret."""
    context = {"from_email": previous_email, "to_email": user.email}
    get_adapter().send_notification_mail("account/email/email_changed", user, context, email=previous_email)


def purge_expired_changes() -> int:
    """Delete changes whose codes have expired. Return how many."""
    count, _ = EmailChange.objects.filter(requested_at__lt=timezone.now() - EmailChange.LIFETIME).delete()
    return count


def _confirm(change: EmailChange, side: str, code: str) -> bool:
    is_right = constant_time_compare(_digest(change, code.strip().upper()), getattr(change, f"{side}_digest"))
    if is_right:
        setattr(change, f"{side}_confirmed", True)
    else:
        change.failed_attempts += 1
    return is_right


def _digest(change: EmailChange, code: str) -> str:
    value = f"{change.user_id} {change.email} {code}"
    return salted_hmac("accounts.email_change", value, algorithm="sha256").hexdigest()
