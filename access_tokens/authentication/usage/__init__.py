"""When tokens were last used, how often and from where: counted in memory and written every few seconds.

No request waits for a write. Each process writes for itself, and a last time when it ends. While the database does not
answer, requests are still answered and the counts are kept for the next write.
"""

from access_tokens.authentication.usage.writer import UsageWriter, usage

__all__ = ["UsageWriter", "usage"]
