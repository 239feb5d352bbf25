"""`uv run python docs/take_screenshots.py`: starts the demo in a temporary folder and takes the README's pictures."""

import json
import socket
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

from tests.chromium import find_chromium  # noqa: E402 (from the project's root)

DESKTOP = {"viewport": {"width": 1360, "height": 880}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
PICTURES: dict[str, dict[str, Any]] = {
    "light": {**DESKTOP, "color_scheme": "light"},
    "dark": {**DESKTOP, "color_scheme": "dark"},
    "phone": {**PHONE, "color_scheme": "light"},
}
START_SECONDS = 60


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
        probe.close()
        command = [sys.executable, "manage.py", "demo", "--data", folder, "--bind", f"127.0.0.1:{port}"]
        with subprocess.Popen(command, cwd=DOCS.parent, stdout=subprocess.DEVNULL) as demo:
            try:
                wait_for(f"http://127.0.0.1:{port}/accounts/login")
                facts = json.loads((Path(folder) / "demo.json").read_text())
                with sync_playwright() as playwright:
                    options = {"executable_path": find_chromium(), "args": ["--no-sandbox", "--disable-gpu"]}
                    browser = playwright.chromium.launch(**options)  # type: ignore[arg-type]
                    for name, look in PICTURES.items():
                        take(browser, name, look, facts)
            finally:
                demo.terminate()


def wait_for(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            urlopen(url).close()  # noqa: S310 (our own address)
        except URLError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("The demo did not start.")


def take(browser: Browser, name: str, look: dict[str, Any], facts: dict[str, Any]) -> None:
    page = browser.new_context(**look).new_page()
    page.goto(f"{facts['url']}/accounts/login?next=/workspace/northwind/access-tokens")
    page.get_by_label("Email").fill(facts["users"]["owner"])
    page.get_by_label("Password").fill(facts["password"])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("heading", name="Access Tokens").wait_for()
    page.evaluate("document.fonts.ready")
    page.screenshot(path=DOCS / f"{name}.png", caret="initial")


if __name__ == "__main__":
    main()
