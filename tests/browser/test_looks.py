"""Every page and dialog: axe finds nothing in light and dark, nothing scrolls sideways on a phone, the CSP holds."""

from collections.abc import Callable, Iterable
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, ViewportSize, expect

from access_tokens.models import AccessToken, HourlyRejections, HourlyUsage, RejectionReason
from accounts.models import User
from tests.browser.conftest import DESK, PHONE
from tests.browser.fixtures import BY, DAY, age_sign_in
from tests.browser.pages import dialog, session_key
from workspaces.models import Workspace
from workspaces.operations import add_member, projects, set_available_roles
from workspaces.permissions import Role

pytestmark = pytest.mark.same_on_each_database

SETTLED = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
    .then(() => Promise.allSettled(document.getAnimations().map((one) => one.finished)))"""
BEYOND = """width => [...document.querySelectorAll("a, button, input, select, textarea")]
    .filter((one) => one.checkVisibility() && !one.closest(".scroll, .skip, .segs"))
    .filter((one) => { const box = one.getBoundingClientRect(); return box.right > width + 1 || box.left < -1; })
    .map((one) => one.outerHTML)"""
LIST = "/workspace/northwind/access-tokens"
MEMBERS = "/workspace/northwind/members"
PROJECTS = "/workspace/northwind/projects"
EVENTS = "/workspace/northwind/events"
LONG = "Quarterly reconciliation of warehouse movements with the ledger, for all regions and all of the yea"
PAGES = {
    "sign-in": (None, "/accounts/login"),
    "password reset": (None, "/accounts/password/reset"),
    "password reset sent": (None, "/accounts/password/reset/done"),
    "password reset link used": (None, "/accounts/password/reset/key/1-abc"),
    "workspaces": (Role.OWNER, "/workspaces"),
    "tokens": (Role.OWNER, LIST),
    "tokens seen by a Viewer": (Role.VIEWER, LIST),
    "all columns": (Role.OWNER, f"{LIST}?sort=-label"),
    "nothing found": (Role.OWNER, f"{LIST}?q=zeppelin"),
    "settings": (Role.OWNER, "/workspace/northwind/settings"),
    "settings seen by a Viewer": (Role.VIEWER, "/workspace/northwind/settings"),
    "members": (Role.OWNER, MEMBERS),
    "members seen by a Viewer": (Role.VIEWER, MEMBERS),
    "no members found": (Role.OWNER, f"{MEMBERS}?q=zeppelin&role=viewer"),
    "removal on a page of its own": (Role.OWNER, f"{MEMBERS}/leave"),
    "event log": (Role.ADMINISTRATOR, f"{EVENTS}?at_after=2020-01-01T00:00"),
    "no events found": (Role.ADMINISTRATOR, f"{EVENTS}?q=zeppelin&type=token.copied"),
    "export on a page of its own": (Role.ADMINISTRATOR, f"{EVENTS}/export?span=7d"),
    "projects": (Role.OWNER, PROJECTS),
    "projects seen by a Viewer": (Role.VIEWER, PROJECTS),
    "new project on a page of its own": (Role.OWNER, f"{PROJECTS}/new"),
    "new workspace on a page of its own": (Role.OWNER, "/workspaces/new"),
    "403": (Role.VIEWER, f"{LIST}/new"),
    "404": (Role.OWNER, "/workspace/nowhere"),
    "password change": (Role.OWNER, "/accounts/password/change"),
    "profile": (Role.OWNER, "/accounts/profile"),
    "passkeys and codes": (Role.OWNER, "/accounts/mfa"),
    "authenticator app": (Role.OWNER, "/accounts/mfa/app/add"),
    "sessions": (Role.OWNER, "/accounts/sessions"),
    "sign-out": (Role.OWNER, "/accounts/logout"),
    "confirm": (Role.OWNER, "/accounts/reauthenticate"),
    "create on a page of its own": (Role.OWNER, f"{LIST}/new"),
}


def link(name: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_role("link", name=name, exact=True).first.click()


def button(name: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_role("button", name=name, exact=True).click()


def create(page: Page, label: str = "Nightly backup", expires: str = "never") -> None:
    link("New token")(page)
    dialog(page).get_by_label("Label").fill(label)
    dialog(page).get_by_label("Expires").select_option(expires)
    dialog(page).get_by_role("button", name="Create token").click()


def save(page: Page, switch: str, save: str) -> None:
    page.goto("/workspace/northwind/settings")
    page.get_by_label(switch).click()
    button(save)(page)


def old_password(page: Page, then: Callable[[Page], None]) -> None:
    age_sign_in(session_key(page), 16)
    then(page)


def at(path: str, then: Callable[[Page], None]) -> Callable[[Page], None]:
    """Return a step that first opens another page."""

    def go(page: Page) -> None:
        page.goto(path)
        then(page)

    return go


def weaken(page: Page) -> None:
    button("Administrator, role of Northwind Administrator")(page)
    page.locator(":popover-open").get_by_role("button", name="Viewer").click()


def delete_wrongly(page: Page) -> None:
    link(f"Delete {LONG}")(page)
    dialog(page).get_by_role("textbox").fill("Something else")
    dialog(page).get_by_role("button", name="Delete project").click()
    expect(dialog(page).locator(".err")).to_be_visible()


def event(page: Page) -> None:
    page.locator("a.told").filter(has_text=LONG).first.click()


def found(page: Page) -> None:
    link("New workspace")(page)
    dialog(page).get_by_label("Name").fill("Northwind")
    expect(dialog(page).get_by_label("Slug")).to_have_value("northwind-2")
    dialog(page).get_by_label("Slug").fill("api")
    expect(dialog(page).get_by_text("is reserved")).to_be_visible()


def tighten(page: Page) -> None:
    page.goto("/workspace/northwind/settings")
    page.get_by_label("Maximum lifetime in days").fill("9999")
    button("Save expiry policy")(page)
    expect(page.get_by_text("Choose from 1 to 3650 days")).to_be_visible()
    page.get_by_label("Maximum lifetime in days").fill("30")
    button("Save expiry policy")(page)


def delete_workspace(page: Page) -> None:
    page.goto("/workspace/northwind/settings")
    old_password(page, link("Delete this workspace"))


def more(page: Page, label: str, item: str) -> None:
    button(f"More for {label}")(page)
    page.locator("[popover]:popover-open").get_by_text(item).click()


def rotate(page: Page, label: str) -> None:
    more(page, label, "Rotate")


def details(page: Page, label: str) -> None:
    more(page, label, "Details")
    dialog(page).locator("summary").click()


def rotated(page: Page, label: str) -> None:
    rotate(page, label)
    dialog(page).get_by_role("button", name="Rotate token").click()


DIALOGS: dict[str, tuple[str, Callable[[Page], None]]] = {
    "create": ("New token", link("New token")),
    "create refused": ("New token", lambda page: create(page, "", "custom")),
    "create with password": ("New token", lambda page: old_password(page, link("New token"))),
    "created": ("Your new token", create),
    "edit": ("Edit token", link("Edit Works")),
    "delete": ("Delete this token?", link("Delete Parent")),
    "disable_child_tokens": ("Disable child tokens too?", button("Disable Parent")),
    "copy with password": ("Copy Works", lambda page: old_password(page, button("Copy Works"))),
    "copied by hand": ("Copy Works", button("Copy Works")),
    "remove a member": ("Remove this member?", at(MEMBERS, link("Remove Northwind Workspace Manager"))),
    "weaker role": ("Change to a lower role?", at(MEMBERS, weaken)),
    "the last Owner": ("This member can't be changed", at(MEMBERS, link("Leave Northwind"))),
    "rename a project": ("Rename project", at(PROJECTS, link(f"Rename {LONG}"))),
    "delete a project": ("Delete this project?", at(PROJECTS, delete_wrongly)),
    "new workspace": ("New workspace", at("/workspaces", found)),
    "event": (LONG, at(EVENTS, event)),
    "details": ("Works", lambda page: details(page, "Works")),
    "rotate": ("Rotate Works", lambda page: rotate(page, "Works")),
    "rotate with password": ("Rotate Works", lambda page: old_password(page, lambda page: rotate(page, "Works"))),
    "rotated": ("Your new secret", lambda page: rotated(page, "Works")),
    "switch a role off": ("Switch off roles?", lambda page: save(page, "Team Member", "Save roles")),
    "longer-lived tokens": ("Tokens exceed the new policy", tighten),
    "delete the workspace": ("Delete this workspace?", delete_workspace),
    "show once": ("Destroy the encrypted copies?", lambda page: save(page, "Show once", "Save copy policy")),
}


@pytest.fixture
def everything(make, northwind: Workspace):
    """A token, a member and a project in each state, with the longest names."""
    make("Works", last_used_at=None, ends=5 * DAY)
    make("W" * 100)
    make(LONG, Role.WORKSPACE_MANAGER, ends=-DAY)
    make("Is off", disabled=True)
    make("Is off and over", ends=-3 * DAY, disabled=True)
    make("Has no scope", Role.TEAM_MEMBER)
    make("Rotating", previous_secret_digest=b"x", previous_secret_expires_at=timezone.now() + DAY)
    hour = int(timezone.now().timestamp()) // 3600
    hours = [
        HourlyUsage(token=AccessToken.objects.get(label="Works"), hour=hour - ago, requests=ago) for ago in range(99)
    ]
    HourlyUsage.objects.bulk_create(hours)
    token = AccessToken.objects.get(label="Works")
    HourlyRejections.objects.bulk_create(
        HourlyRejections(token=token, hour=hour, reason=one, requests=9) for one in RejectionReason
    )
    parent, child = make("Parent").token, make("Child").token
    AccessToken.objects.filter(pk=child.pk).update(parent=parent)
    for by in (Role.WORKSPACE_MANAGER, Role.ADMINISTRATOR):
        make("W" * 100, by=by, last_used_at=timezone.now())
        make(LONG, by=by)
    deactivated = User.objects.create_user(f"{'w' * 50}@{'w' * 50}.example", name="W" * 100, is_active=False)
    add_member(northwind, deactivated, Role.VIEWER, by=BY)
    for name in ("W" * 100, LONG):
        projects.create(northwind, name, by=BY)
    projects.archive(projects.create(northwind, "Archived", by=BY), by=BY)
    northwind.memberships.filter(role=Role.TEAM_MEMBER).delete()


@pytest.fixture
def scope_off(everything, northwind):
    set_available_roles(northwind, set(Role) - {Role.TEAM_MEMBER}, by=BY)


def check(page: Page, sizes: Iterable[ViewportSize] = (PHONE, DESK)) -> None:
    """Check the page at each width in light, and once in dark. It keeps the last width."""
    for size in sizes:
        page.set_viewport_size(size)
        find_violations(page, "light")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert page.evaluate(BEYOND, size["width"]) == []
    find_violations(page, "dark")
    page.emulate_media(color_scheme="light")


def find_violations(page: Page, scheme: Literal["light", "dark"]) -> None:
    """Raises: AssertionError with what axe reports."""
    page.emulate_media(color_scheme=scheme)
    page.evaluate(SETTLED)
    result = Axe().run(page, options={"resultTypes": ["violations"]})
    assert result.violations_count == 0, f"{page.viewport_size} {scheme}: {result.generate_report()}"


@pytest.mark.parametrize("name", PAGES)
def test_page_is_accessible_and_fits(page, sign_in, scope_off, northwind, problems, name):
    role, path = PAGES[name]
    if role:
        sign_in(role)
    if name == "all columns":
        every = ["label", "key_id", "scope", "created_at", "expires_at", "actions", "id", "created_by", "last_used_at"]
        northwind.memberships.update(table_columns={"access-tokens": every})
    page.goto(path)
    expect(page.locator("h1, h2").first).to_be_attached()
    check(page)


def test_sign_up_is_accessible_and_fits(page, settings, transactional_db):
    settings.ALLOW_SIGN_UP = True
    page.goto("/accounts/login")
    page.get_by_role("link", name="Create an account").click()
    check(page)
    page.get_by_label("Your name").fill("Ada Lovelace")
    page.get_by_label("Email").fill("ada@acme.example")
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Create account").click()
    expect(page.locator(".err").first).to_be_visible()
    check(page)
    page.get_by_label("Password").fill("seven brass keys")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name="Confirm your e-mail")).to_be_visible()
    check(page)
    page.get_by_label("Code").fill("WRONG1")
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".err")).to_be_visible()
    check(page)


def test_deleted_workspace_is_accessible_and_fits(page, sign_in, northwind):
    Workspace.objects.update(deleted_at=timezone.now(), name="W" * 100)
    sign_in(Role.OWNER)
    for path in ("/workspaces", LIST):
        page.goto(path)
        expect(page.get_by_role("button", name="Restore workspace")).to_be_visible()
        check(page)


def test_empty_list_is_accessible_and_fits(tokens_page):
    check(tokens_page())


@pytest.mark.parametrize("name", DIALOGS)
def test_dialog_is_accessible_and_fits(tokens_page, everything, context, name):
    title, open_it = DIALOGS[name]
    if name == "copied by hand":
        context.add_init_script("navigator.clipboard.writeText = () => Promise.reject(new Error('no'))")
    page = tokens_page()
    open_it(page)
    expect(page.get_by_role("dialog", name=title)).to_be_visible()
    if name == "create refused":
        expect(dialog(page).locator(".err").first).to_be_visible()
    check(page)


@pytest.mark.parametrize("opener", ["Columns", "More for Rotating", "Colour theme"])
def test_menu_is_accessible_and_fits(tokens_page, everything, opener):
    page = tokens_page()
    button(opener)(page)
    expect(page.locator("[popover]:popover-open")).to_be_visible()
    check(page)


def test_navigation_on_a_phone_is_accessible_and_fits(tokens_page):
    page = tokens_page()
    expect(page.get_by_role("button", name="Open navigation")).to_be_hidden()
    page.set_viewport_size(PHONE)
    button("Open navigation")(page)
    expect(page.locator("[popover]:popover-open")).to_be_visible()
    check(page, [PHONE])


def test_menu_of_roles_is_accessible_and_fits(page, sign_in, everything):
    sign_in(Role.OWNER)
    page.goto(MEMBERS)
    button("Viewer, role of Northwind Viewer")(page)
    expect(page.locator("[popover]:popover-open").get_by_role("button")).to_have_count(5)
    check(page)


def test_empty_list_of_projects_is_accessible_and_fits(page, sign_in):
    sign_in(Role.OWNER)
    page.goto(PROJECTS)
    check(page)


def test_toasts_are_accessible_and_fit(tokens_page, make):
    make("CI runner")
    page = tokens_page()
    button("Disable CI runner")(page)
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    check(page)


@pytest.mark.parametrize("viewport", [{"width": 390, "height": 844}], indirect=True)
def test_every_action_of_a_row_is_visible_on_a_phone(tokens_page, everything):
    page = tokens_page()
    for action in page.locator("tbody").get_by_role("button").or_(page.locator("tbody").get_by_role("link")).all():
        action.scroll_into_view_if_needed()
        action.click(trial=True)


def test_chosen_theme_is_stored(tokens_page):
    page = tokens_page()
    body, scheme = page.locator("body"), "getComputedStyle(document.documentElement).colorScheme"
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    button("Colour theme")(page)
    button("Dark")(page)
    expect(body).not_to_have_css("background-color", light)
    page.reload()
    assert page.evaluate(scheme) == "dark"
    expect(body).not_to_have_css("background-color", light)
    button("Colour theme")(page)
    button("System")(page)
    expect(body).to_have_css("background-color", light)


def test_admin_obeys_the_content_security_policy(page, sign_in, everything, northwind):
    owner = northwind.memberships.get(role=Role.OWNER).user
    type(owner).objects.filter(pk=owner.pk).update(is_staff=True)
    sign_in(Role.OWNER)
    token = AccessToken.objects.filter(label="Works").get()
    for path in (
        *("", "accounts/user/", "accounts/user/add/", f"accounts/user/{owner.pk}/change/"),
        *("workspaces/workspace/", "workspaces/membership/", "workspaces/event/", "access_tokens/accesstoken/"),
        f"access_tokens/accesstoken/{token.pk}/change/",
    ):
        assert page.goto(f"/admin/{path}").status == 200
        expect(page.get_by_role("link", name="Latchkey operators")).to_be_visible()
