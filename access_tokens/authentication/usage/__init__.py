"""When tokens were last used, how often and from where: gathered in memory, written every few seconds.

Nothing is written on a call's own path. Each process writes for itself, and once more when it ends. A database that is
away keeps no call from being answered: what could not be written is kept for the next time.
"""

from access_tokens.authentication.usage.writer import UsageWriter, usage

__all__ = ["UsageWriter", "usage"]
