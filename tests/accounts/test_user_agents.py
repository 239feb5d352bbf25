"""Names for User-Agent headers."""

import pytest

from accounts.user_agents import client_family, describe_browser

pytestmark = pytest.mark.same_on_each_database
WEBKIT = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "family"),
    [
        ("curl/8.14.1", "curl"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox"),
        (f"{WEBKIT} Chrome/142.0.0.0 Safari/537.36", "Chrome"),
        (f"{WEBKIT} HeadlessChrome/142.0.0.0 Safari/537.36", "Chrome"),
        (f"{WEBKIT} Chrome/142.0.0.0 Safari/537.36 Edg/142.0", "Edge"),
        (f"{WEBKIT} Chrome/142.0.0.0 Safari/537.36 OPR/120.0", "Opera"),
        (f"{WEBKIT} Version/26.0 Safari/605.1.15", "Safari"),
        (f"{WEBKIT} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36", "Samsung Internet"),
        (f"{WEBKIT} Chrome/142.0.0.0 Mobile Safari/537.36 EdgA/142.0", "Edge"),
        ("Mozilla/5.0 (X11)", "Mozilla"),
        ("GitHub-Hookshot/abc", "GitHub-Hookshot"),
        ("nightly_backup/2", "nightly_backup"),
        ("", ""),
        ("\x80\xff/1", ""),
        ("<script>", ""),
        ("x" * 100, "x" * 40),
    ],
)
def test_family_is_the_browser_or_the_first_product(agent, family):
    assert client_family(agent) == family


def test_a_token_sent_as_user_agent_is_not_stored():
    assert client_family("lkey_7fK2mQ9xLp0123456789012345678901234567890123456789abcdefghi") == ""


@pytest.mark.parametrize(
    ("agent", "description"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36",
            "Chrome on Linux",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/143.0 Safari/537.36 Edg/143.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/143.0 Mobile Safari/537.36", "Chrome on Android"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18 Safari/605.1.15",
            "Safari on macOS",
        ),
        ("curl/8.16.0", "curl"),
        ("", "Unknown browser"),
        ("<script>alert(1)</script>", "Unknown browser"),
    ],
)
def test_browser_is_described_with_its_system(agent, description):
    assert describe_browser(agent) == description
