import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import identify_hasher
from django.db import IntegrityError, transaction

from accounts.models import User

pytestmark = pytest.mark.django_db


def test_the_email_is_the_login_in_lower_case_and_without_blanks():
    user = User.objects.create_user(" Ada@Acme.EXAMPLE ")
    assert user.email == user.get_username() == str(user) == "ada@acme.example"


def test_a_person_is_found_by_their_email_in_any_case():
    user = User.objects.create_user("ada@acme.example")
    assert User.objects.get_by_natural_key("ADA@Acme.example") == user


def test_no_two_people_share_an_email_whatever_its_case():
    User.objects.create_user("ada@acme.example")
    for email in ("ada@acme.example", "ADA@acme.example"):
        with pytest.raises(IntegrityError), transaction.atomic():
            User(email=email).save()


def test_a_password_is_kept_as_argon2id_and_nothing_else():
    user = User.objects.create_user("ada@acme.example", "seven brass keys")
    assert user.password.startswith("argon2$argon2id$")
    assert "seven brass keys" not in user.password
    assert identify_hasher(user.password).algorithm == "argon2"
    assert user.check_password("seven brass keys")
    assert not user.check_password("seven brass key")


def test_without_a_password_nobody_signs_in(rf):
    user = User.objects.create_user("ada@acme.example")
    assert not user.has_usable_password()
    assert authenticate(rf.post("/"), email="ada@acme.example", password="") is None


def test_a_new_user_has_no_power_and_an_operator_has_every():
    user = User.objects.create_user("ada@acme.example")
    operator = User.objects.create_superuser("olga@ops.example")
    assert (user.is_active, user.is_staff, user.is_superuser) == (True, False, False)
    assert (operator.is_active, operator.is_staff, operator.is_superuser) == (True, True, True)


@pytest.mark.parametrize(
    ("name", "email", "shown", "initials"),
    [
        ("Ada Lovelace", "ada@acme.example", "Ada Lovelace", "AL"),
        ("Ada King Countess of Lovelace", "ada@acme.example", "Ada King Countess of Lovelace", "AL"),
        ("ada", "ada@acme.example", "ada", "A"),
        ("", "ada.lovelace@acme.example", "ada.lovelace@acme.example", "AL"),
        ("", "ada@acme.example", "ada@acme.example", "A"),
        ("   ", ".@acme.example", "   ", "?"),
    ],
)
def test_a_person_is_shown_by_name_or_email_and_two_initials(name, email, shown, initials):
    user = User(name=name, email=email)
    assert user.display_name == user.get_full_name() == user.get_short_name() == shown
    assert user.initials == initials
