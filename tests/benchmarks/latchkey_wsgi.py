"""Latchkey's production application, which writes its usage counts every 0.25 seconds.

With the usual interval, which is longer than a turn, most counts of one contender would be written while another one
is measured.
"""

from tokens_site.wsgi import application

# isort: split
# The application has to load Django first.
from access_tokens.authentication.usage import writer

assert writer.INTERVAL_SECONDS >= 1
writer.INTERVAL_SECONDS = 0.25

__all__ = ["application"]
