"""What a call or a visit came by: the family of a client or a browser, by its User-Agent."""

import re

from accounts.redaction import TOKEN_PREFIX

PRODUCT = re.compile(r"[A-Za-z][\w.+-]{0,39}", re.ASCII)
BROWSERS = {
    "Edge": re.compile(r"\bEdg[A-Za-z]*/"),
    "Opera": re.compile(r"\bOPR/"),
    "Firefox": re.compile(r"\b(Firefox|FxiOS)/"),
    "Chrome": re.compile(r"(Chrome|Chromium|CriOS)/"),
    "Safari": re.compile(r"\bSafari/"),
}
"""In the order in which they count: each of them also names some of those that follow."""
AS_A_BROWSER = "Mozilla"


def client_of(agent: str) -> str:
    """The family of a client, "" if it tells none: `Firefox`; for what is no browser, the first product (RFC 9110,
    10.1.5) without its version: `curl`, `python-requests`."""
    product = PRODUCT.match(agent)
    if product is None or TOKEN_PREFIX in product[0]:
        return ""
    if product[0] != AS_A_BROWSER:
        return product[0]
    return next((name for name, sign in BROWSERS.items() if sign.search(agent)), AS_A_BROWSER)
