from tests.access_tokens.views.conftest import acme, as_member, fast_passwords, issued, owner, token

__all__ = ["acme", "as_member", "fast_passwords", "issued", "owner", "token"]
