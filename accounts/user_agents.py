"""Names for the User-Agent header: what the client claims to be, for display only."""

import re
from collections.abc import Mapping

from accounts.redaction import TOKEN_PREFIX

PRODUCT = re.compile(r"[A-Za-z][\w.+-]{0,39}", re.ASCII)
MOZILLA = "Mozilla"
"""The first product of every browser."""
BROWSERS: Mapping[str, re.Pattern[str]] = {
    "Edge": re.compile(r"\bEdg(?:e|A|iOS)?/"),
    "Opera": re.compile(r"\bOPR/"),
    "Samsung Internet": re.compile(r"\bSamsungBrowser/"),
    "Firefox": re.compile(r"\b(?:Firefox|FxiOS)/"),
    "Chrome": re.compile(r"\b(?:Chrome|HeadlessChrome|Chromium|CriOS)/"),
    "Safari": re.compile(r"\bSafari/"),
}
"""The first match counts, because browsers also claim to be some of those further down."""
SYSTEMS: Mapping[str, re.Pattern[str]] = {
    "iPhone": re.compile(r"\biPhone\b"),
    "iPad": re.compile(r"\biPad\b"),
    "Android": re.compile(r"\bAndroid\b"),
    "Windows": re.compile(r"\bWindows\b"),
    "ChromeOS": re.compile(r"\bCrOS\b"),
    "macOS": re.compile(r"\bMac OS X\b|\bMacintosh\b"),
    "Linux": re.compile(r"\bLinux\b"),
}


def client_family(user_agent: str) -> str:
    """Return the family of a client, or "" if the header names none.

    That is a browser's name (`Firefox`), or the first product without its version (`curl`; RFC 9110, section 10.1.5).
    A token that was sent as the User-Agent is not a name.
    """
    product = PRODUCT.match(user_agent)
    if product is None or TOKEN_PREFIX in product[0]:
        return ""
    return product[0] if product[0] != MOZILLA else _first_match(BROWSERS, user_agent) or MOZILLA


def describe_browser(user_agent: str) -> str:
    """Return the client and its system, for example `Firefox on Windows`; `Unknown browser` if there is no name."""
    family, system = client_family(user_agent), _first_match(SYSTEMS, user_agent)
    name = "Unknown browser" if family in {"", MOZILLA} else family
    return f"{name} on {system}" if system else name


def _first_match(names: Mapping[str, re.Pattern[str]], user_agent: str) -> str:
    return next((name for name, pattern in names.items() if pattern.search(user_agent)), "")
