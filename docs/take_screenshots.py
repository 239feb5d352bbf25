"""Take the README's screenshots of a demo server: `uv run python docs/take_screenshots.py`."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, sync_playwright

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent))

from tests.chromium import ensure_chromium, find_chromium  # noqa: E402 (needs the project's root on the path)
from tests.processes import free_port  # noqa: E402 (likewise)

DESKTOP = {"viewport": {"width": 1360, "height": 880}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
SCREENSHOTS: dict[str, dict[str, Any]] = {
    "light": {**DESKTOP, "color_scheme": "light"},
    "dark": {**DESKTOP, "color_scheme": "dark"},
    "phone": {**PHONE, "color_scheme": "light"},
}
START_TIMEOUT_SECONDS = 60


def main() -> None:
    """Start the demo in a temporary directory and take each screenshot."""
    ensure_chromium()
    with tempfile.TemporaryDirectory() as directory:
        url = f"http://127.0.0.1:{free_port()}"
        command = [sys.executable, "manage.py", "demo", "--data", directory, "--bind", url.removeprefix("http://")]
        with subprocess.Popen(command, cwd=DOCS.parent, stdout=subprocess.DEVNULL) as demo:
            try:
                wait_until_ready(url)
                facts = json.loads((Path(directory) / "demo.json").read_text())
                take_all(facts)
            finally:
                demo.terminate()


def wait_until_ready(url: str) -> None:
    """Wait until the demo responds.

    Raises: SystemExit after START_TIMEOUT_SECONDS.
    """
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        try:
            urlopen(f"{url}/accounts/login").close()  # noqa: S310 (always our own http URL)
        except URLError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("The demo did not start.")


def take_all(facts: dict[str, Any]) -> None:
    """Take all screenshots. `facts` is the content of demo.json."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox", "--disable-gpu"])
        for name, options in SCREENSHOTS.items():
            take(browser, name, options, facts)


def take(browser: Browser, name: str, options: dict[str, Any], facts: dict[str, Any]) -> None:
    """Sign in as the Owner, open the list of tokens, and save it as `name`.png."""
    page = browser.new_context(**options).new_page()
    page.goto(f"{facts['url']}/accounts/login?next=/workspace/northwind/access-tokens")
    page.get_by_label("Email").fill(facts["users"]["owner"])
    page.get_by_label("Password").fill(facts["password"])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("heading", name="Access Tokens").wait_for()
    page.evaluate("document.fonts.ready")
    page.screenshot(path=DOCS / f"{name}.png", caret="initial")


if __name__ == "__main__":
    main()
