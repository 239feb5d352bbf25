"""Passkeys, codes of an app and recovery codes beside the password: allauth's MFA, with our words and sealed seeds."""

import base64
import secrets
from xml.etree.ElementTree import tostring

import qrcode
import structlog
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db.models import Exists, OuterRef
from qrcode.image.svg import SvgPathImage

from accounts.models import User

PURPOSE = b"latchkey second step"
STEPS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""What asks for more than a password at sign-in. Recovery codes only stand in for these."""

log = structlog.get_logger("latchkey.mfa")


class Adapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth has no types
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "This was not accepted. A code works once, and those of an app change every 30 seconds.",
        "unverified_email": "Confirm your e-mail first.",
    }

    def encrypt(self, text: str) -> str:
        """Seal the seed of codes for the database, which alone then lets nobody make any."""
        return _ring().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open a seed. Under another `SECRET_KEY` it is lost: no code is right then, until an operator resets it."""
        try:
            return _ring().decrypt(encrypted_text).decode()
        except InvalidToken:
            log.error("mfa.unreadable", hint="SECRET_KEY changed. Put the old one into SECRET_KEY_FALLBACKS.")
            return base64.b32encode(secrets.token_bytes(20)).decode()

    def build_totp_svg(self, url: str) -> str:
        """The QR code as an element that stands in the page: the CSP takes no picture out of an address."""
        drawing = qrcode.make(url, image_factory=SvgPathImage).get_image()
        drawing.attrib |= {"class": "qr", "role": "img", "aria-label": "QR code for your authenticator app"}
        return tostring(drawing, encoding="unicode")

    def generate_authenticator_name(self, user: User, kind: str) -> str:
        count = Authenticator.objects.filter(user=user, type=kind).count()
        return f"Passkey {count + 1}" if count else "Passkey"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "Latchkey"}


def _ring() -> MultiFernet:
    """The first key seals, all of them open."""
    return MultiFernet([Fernet(_key(secret)) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret: str) -> bytes:
    derived = HKDF(SHA256(), length=32, salt=None, info=PURPOSE).derive(secret.encode())
    return base64.urlsafe_b64encode(derived)


def has_mfa(user_id: str) -> Exists:
    """For rows whose field `user_id` has the key of a user: does this one's sign-in ask for more than a password?"""
    return Exists(Authenticator.objects.filter(user_id=OuterRef(user_id), type__in=STEPS))


def reset_mfa_devices(user: User) -> int:
    """Forget all passkeys and codes of `user`, who then signs in with the password alone. Returns how many."""
    return int(Authenticator.objects.filter(user=user).delete()[0])
