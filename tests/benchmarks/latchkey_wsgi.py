"""Latchkey as it is in production, but for one thing: it writes the uses that it counts twenty times as often.

A turn is shorter than the usual interval. Else most of what one contender has counted would be written while another
one is measured.
"""

from tokens_site.wsgi import application

# isort: split
from access_tokens.authentication.usage import writer

assert writer.INTERVAL >= 1
writer.INTERVAL = 0.25

__all__ = ["application"]
