from datetime import datetime

from access_tokens.token_crypto import Digest

HOUR = 3600

type Call = tuple[float, str, str, datetime | None, tuple[Digest, Digest] | None]
"""When (in seconds since 1970), from what address and agent; when its secret ends, if it is the old one of a rotation;
and the token's digest with what that would be under the newest pepper, if it isn't that already."""


class Use:
    """Calls with one token that are not written yet.

    last: the instant of the last one, in seconds since 1970; address, agent: whence that one came.
    hours: calls by hour since 1970. previous_secret_uses: requests with the
    previous secret, which expires at `until`; previous_secret_last: the last of these.
    renewed: what the digest is now, and what it would be under the newest pepper; None if it is that already.
    """

    __slots__ = (
        "address",
        "agent",
        "hours",
        "last",
        "previous_secret_last",
        "previous_secret_uses",
        "renewed",
        "until",
    )

    def __init__(self) -> None:
        self.last = 0.0
        self.address = self.agent = ""
        self.hours: dict[int, int] = {}
        self.previous_secret_uses = 0
        self.previous_secret_last = 0.0
        self.until: datetime | None = None
        self.renewed: tuple[Digest, Digest] | None = None

    def count(self, call: Call) -> None:
        """One more call, the last one so far."""
        self.last, self.address, self.agent, until, renewed = call
        hour = int(self.last // HOUR)
        self.hours[hour] = self.hours.get(hour, 0) + 1
        if until is not None:
            self.previous_secret_uses = self.previous_secret_uses + 1 if self.until == until else 1
            self.until, self.previous_secret_last = until, self.last
        if renewed is not None:
            self.renewed = renewed

    @property
    def calls(self) -> int:
        return sum(self.hours.values())

    def add(self, other: "Use") -> None:
        """Take in what another one counted of the same token."""
        if other.last >= self.last:
            self.last, self.address, self.agent = other.last, other.address, other.agent
        for hour, calls in other.hours.items():
            self.hours[hour] = self.hours.get(hour, 0) + calls
        if other.until is not None:
            self.previous_secret_uses = other.previous_secret_uses + (
                self.previous_secret_uses if self.until == other.until else 0
            )
            self.previous_secret_last = other.previous_secret_last
            self.until = other.until
        self.renewed = other.renewed or self.renewed
