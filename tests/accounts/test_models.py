"""User accounts."""

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import identify_hasher
from django.db import IntegrityError, transaction

from accounts.models import User

pytestmark = pytest.mark.django_db


def test_email_is_stored_in_lower_case_without_whitespace():
    user = User.objects.create_user(" Ada@Acme.EXAMPLE ")
    assert user.email == user.get_username() == str(user) == "ada@acme.example"


def test_a_user_is_found_by_email_in_any_case():
    user = User.objects.create_user("ada@acme.example")
    assert User.objects.get_by_natural_key("ADA@Acme.example") == user


def test_email_is_unique_in_any_case():
    User.objects.create_user("ada@acme.example")
    for email in ("ada@acme.example", "ADA@acme.example"):
        with pytest.raises(IntegrityError), transaction.atomic():
            User(email=email).save()


def test_passwords_are_hashed_with_argon2id():
    user = User.objects.create_user("ada@acme.example", "seven brass keys")
    assert user.password.startswith("argon2$argon2id$")
    assert "seven brass keys" not in user.password
    assert identify_hasher(user.password).algorithm == "argon2"
    assert user.check_password("seven brass keys")
    assert not user.check_password("seven brass key")


def test_a_user_without_password_can_not_sign_in(rf):
    user = User.objects.create_user("ada@acme.example")
    assert not user.has_usable_password()
    assert authenticate(rf.post("/"), email="ada@acme.example", password="") is None


def test_only_superusers_are_operators():
    user = User.objects.create_user("ada@acme.example")
    operator = User.objects.create_superuser("olga@ops.example")
    assert (user.is_active, user.is_staff, user.is_superuser) == (True, False, False)
    assert (operator.is_active, operator.is_staff, operator.is_superuser) == (True, True, True)


@pytest.mark.parametrize(
    ("name", "email", "display_name", "initials"),
    [
        ("Ada Lovelace", "ada@acme.example", "Ada Lovelace", "AL"),
        ("Ada King Countess of Lovelace", "ada@acme.example", "Ada King Countess of Lovelace", "AL"),
        ("ada", "ada@acme.example", "ada", "A"),
        ("", "ada.lovelace@acme.example", "ada.lovelace@acme.example", "AL"),
        ("", "ada@acme.example", "ada@acme.example", "A"),
        ("   ", ".@acme.example", "   ", "?"),
    ],
)
def test_display_name_and_initials(name, email, display_name, initials):
    user = User(name=name, email=email)
    assert user.display_name == user.get_full_name() == user.get_short_name() == display_name
    assert user.initials == initials
