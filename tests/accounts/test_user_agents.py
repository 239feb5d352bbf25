import pytest

from accounts.user_agents import client_of

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
        ("Mozilla/5.0 (X11)", "Mozilla"),
        ("GitHub-Hookshot/abc", "GitHub-Hookshot"),
        ("nightly_backup/2", "nightly_backup"),
        ("", ""),
        ("\x80\xff/1", ""),
        ("<script>", ""),
        ("x" * 100, "x" * 40),
    ],
)
def test_a_browser_is_known_by_its_family_and_all_else_by_its_first_product(agent, family):
    assert client_of(agent) == family


def test_a_token_that_came_as_the_user_agent_is_not_kept():
    assert client_of("lkey_7fK2mQ9xLp0123456789012345678901234567890123456789abcdefghi") == ""
