from datetime import datetime

from access_tokens.authentication.counting import HOUR_SECONDS, Use
from access_tokens.token_format import Digest


class TokenUsage:
    """Requests with one token that are not written yet.

    last_used: seconds since 1970; address, user_agent: of that last request.
    hours: number of requests per hour since 1970.
    previous_secret_uses: requests with the previous secret that expires at `previous_secret_expires_at`.
    renewed_digest: the token's digest, and the same with the newest pepper; None if it has the newest pepper.
    """

    __slots__ = (
        "address",
        "hours",
        "last_used",
        "previous_secret_expires_at",
        "previous_secret_last_used",
        "previous_secret_uses",
        "renewed_digest",
        "user_agent",
    )

    def __init__(self) -> None:
        self.last_used = 0.0
        self.address = self.user_agent = ""
        self.hours: dict[int, int] = {}
        self.previous_secret_uses = 0
        self.previous_secret_last_used = 0.0
        self.previous_secret_expires_at: datetime | None = None
        self.renewed_digest: tuple[Digest, Digest] | None = None

    @property
    def requests(self) -> int:
        return sum(self.hours.values())

    def add(self, use: Use) -> None:
        """Add a later request."""
        self.last_used, self.address, self.user_agent, previous_secret_expires_at, renewed_digest = use
        hour = int(self.last_used // HOUR_SECONDS)
        self.hours[hour] = self.hours.get(hour, 0) + 1
        if previous_secret_expires_at is not None:
            is_same = self.previous_secret_expires_at == previous_secret_expires_at
            self.previous_secret_uses = self.previous_secret_uses + 1 if is_same else 1
            self.previous_secret_expires_at = previous_secret_expires_at
            self.previous_secret_last_used = self.last_used
        if renewed_digest is not None:
            self.renewed_digest = renewed_digest

    def merge(self, other: "TokenUsage") -> None:
        """Add what was counted later for the same token."""
        if other.last_used >= self.last_used:
            self.last_used, self.address, self.user_agent = other.last_used, other.address, other.user_agent
        for hour, requests in other.hours.items():
            self.hours[hour] = self.hours.get(hour, 0) + requests
        if other.previous_secret_expires_at is not None:
            is_same = self.previous_secret_expires_at == other.previous_secret_expires_at
            self.previous_secret_uses = other.previous_secret_uses + (self.previous_secret_uses if is_same else 0)
            self.previous_secret_expires_at = other.previous_secret_expires_at
            self.previous_secret_last_used = other.previous_secret_last_used
        self.renewed_digest = other.renewed_digest or self.renewed_digest
