"""What a User-Agent says, in plain words. It is what the client claims: for recognising one's own, for nothing else."""

import re

type Names = tuple[tuple[str, str], ...]

BROWSERS: Names = (
    ("Edge", r"\bEdg(?:e|A|iOS)?/"),
    ("Opera", r"\bOPR/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\b(?:Firefox|FxiOS)/"),
    ("Chrome", r"\b(?:Chrome|HeadlessChrome|CriOS)/"),
    ("Safari", r"\bSafari/"),
)
SYSTEMS: Names = (
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Android", r"\bAndroid\b"),
    ("Windows", r"\bWindows\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("macOS", r"\bMac OS X\b|\bMacintosh\b"),
    ("Linux", r"\bLinux\b"),
)


def describe(agent: str) -> str:
    """`Firefox on Windows`; the first product for what is no browser; `Unknown browser` for nothing.

    The first match counts: browsers carry the names of those whose pages they want to be sent.
    """
    browser, system = _first(BROWSERS, agent), _first(SYSTEMS, agent)
    product = re.match(r"[\w.+-]{1,40}", agent)
    name = browser or (product[0] if product and not system else "Unknown browser")
    return f"{name} on {system}" if system else name


def _first(names: Names, agent: str) -> str:
    return next((name for name, pattern in names if re.search(pattern, agent)), "")
