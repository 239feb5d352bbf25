from tests.access_tokens.views.conftest import as_member, fast_passwords, owner

__all__ = ["as_member", "fast_passwords", "owner"]
