"""Multi-factor authentication: allauth's MFA with encrypted secrets and Latchkey's messages."""

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

KEY_DERIVATION_INFO = b"latchkey mfa"
SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""Authenticators that sign-in asks for after the password. Recovery codes only replace these."""

log = structlog.get_logger("latchkey.mfa")


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth has no types
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "This code or passkey was not accepted. A code works once and changes every 30 seconds.",
        "unverified_email": "Confirm your e-mail address first.",
    }

    def encrypt(self, text: str) -> str:
        """Encrypt the secret of an authenticator app or of recovery codes for the database."""
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Decrypt a secret.

        If SECRET_KEY was replaced, return a random secret: every code is rejected until an operator resets MFA.
        """
        try:
            return _fernet().decrypt(encrypted_text).decode()
        except InvalidToken:
            log.error("mfa.decryption_failed", hint="Add the previous SECRET_KEY to SECRET_KEY_FALLBACKS.")
            return base64.b32encode(secrets.token_bytes(20)).decode()

    def build_totp_svg(self, url: str) -> str:
        """Return the QR code as an SVG element, because the CSP does not allow data URLs."""
        drawing = qrcode.make(url, image_factory=SvgPathImage).get_image()
        drawing.attrib |= {"class": "qr", "role": "img", "aria-label": "QR code for your authenticator app"}
        return tostring(drawing, encoding="unicode")

    def generate_authenticator_name(self, user: User, kind: str) -> str:
        count = Authenticator.objects.filter(user=user, type=kind).count()
        return f"Passkey {count + 1}" if count else "Passkey"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "Latchkey"}


def _fernet() -> MultiFernet:
    """Return a cipher that encrypts with SECRET_KEY and decrypts with its fallbacks too."""
    return MultiFernet([Fernet(_key(secret)) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret: str) -> bytes:
    derived = HKDF(SHA256(), length=32, salt=None, info=KEY_DERIVATION_INFO).derive(secret.encode())
    return base64.urlsafe_b64encode(derived)


def has_mfa(user_id: str) -> Exists:
    """Return a subquery that tells whether the user with the primary key in the field `user_id` has a second factor."""
    return Exists(Authenticator.objects.filter(user_id=OuterRef(user_id), type__in=SECOND_FACTORS))


def delete_authenticators(user: User) -> int:
    """Delete all passkeys, apps and recovery codes of `user`. Return how many."""
    return int(Authenticator.objects.filter(user=user).delete()[0])
