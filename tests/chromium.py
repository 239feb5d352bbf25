"""The browser of the browser tests: the machine's Chromium, else one that we install."""

import os
import shutil
import subprocess
import sys

from tests.packages import install, succeeds

HEADLESS = "chromium-headless-shell"
"""Debian's package, and its program: the same engine without windows, which needs half of the CPU."""
NAMES = (HEADLESS, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW = "The tests need a browser. Install Chromium (Debian, Ubuntu: apt-get install chromium), then run them again."


def find_chromium() -> str | None:
    """The path of the machine's Chromium; None where there is none, so that Playwright uses its own."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def ensure_chromium() -> None:
    """Install Chromium if it isn't there: by apt-get as root or by sudo, else Playwright's own. Headless if possible.

    Raises: SystemExit, with what to install, where neither goes.
    """
    if shutil.which(HEADLESS) or install(HEADLESS) or find_chromium() or _playwright_has_its_own():
        return
    if not (install("chromium") or succeeds(sys.executable, "-m", "playwright", "install", "chromium")):
        raise SystemExit(HOW)


def _playwright_has_its_own() -> bool:
    code = "from playwright.sync_api import sync_playwright as p\nwith p() as it: print(it.chromium.executable_path)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return found.returncode == 0 and os.path.exists(found.stdout.strip())
