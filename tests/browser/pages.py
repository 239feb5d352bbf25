"""Locators of elements, by the names that people see."""

from django.conf import settings
from playwright.sync_api import Locator, Page


def row(page: Page, label: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_text(label, exact=True))


def labels(page: Page) -> Locator:
    """Return the labels of the visible rows, in order."""
    return page.locator("tbody .name")


def dialog(page: Page) -> Locator:
    return page.locator("#dialogs dialog")


def toast(page: Page) -> Locator:
    return page.locator("#toasts .toast")


def mark(page: Page) -> None:
    """Set a variable that a page load would remove."""
    page.evaluate("window.stillTheSamePage = true")


def is_marked(page: Page) -> bool:
    return bool(page.evaluate("window.stillTheSamePage === true"))


def session_key(page: Page) -> str | None:
    cookies = {cookie.get("name"): cookie.get("value") for cookie in page.context.cookies()}
    return cookies.get(settings.SESSION_COOKIE_NAME)
