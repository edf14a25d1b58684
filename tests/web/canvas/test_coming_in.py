"""Coming in: the first user, signing in, a session that ends in the middle of work, users, one's own password."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from flowengine.access.oidc import Oidc
from flowengine.access.oidc_settings import OidcSettings
from tests.plants.openid_provider import CLIENT, SECRET, OpenIdProvider
from tests.web.canvas.conftest import PASSWORD, USERS, OpenEditor, OpenPage
from tests.web.canvas.reading import draft, set_option
from tests.web.canvas.served import Served


class TestFirstUser:
    @pytest.fixture
    def users(self, tmp_path: Path) -> Path:
        """Nobody has a password yet."""
        folder = tmp_path / "nobody"
        folder.mkdir()
        return folder / "web.sqlite"

    def test_the_printed_link_sets_the_first_password_and_opens_the_start_page(
        self, open_page: OpenPage, server: Served
    ) -> None:
        page = open_page(None)
        expect(page.get_by_text("Nobody can sign in yet")).to_be_visible()
        from flowengine.access.links import FIRST
        from flowengine_web.serving import link

        page.goto(link(server.url, server.site.access.links.make(FIRST)))
        expect(page).to_have_url(re.compile(r"/setup$"))  # the token is nothing for the history
        page.get_by_label("Name").fill("grace")
        page.get_by_label("New password", exact=True).fill("a long enough one")
        page.get_by_label("New password again").fill("another one")
        page.get_by_role("button", name="Set password").click()
        expect(page.get_by_role("alert")).to_have_text("The two passwords are not the same.")
        page.get_by_label("New password again").fill("a long enough one")
        page.get_by_role("button", name="Set password").click()
        expect(page.get_by_role("heading", name="Flows")).to_be_visible()
        expect(page.get_by_role("button", name="grace, admin")).to_be_visible()


def test_a_wrong_password_is_refused_and_the_right_one_opens_the_page_that_was_asked_for(open_page: OpenPage) -> None:
    page = open_page(None, "/#line")
    page.get_by_label("Name").fill(USERS["editor"])
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Name or password are wrong")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("tab", name="line, running")).to_have_attribute("aria-selected", "true")


def test_somebody_signs_in_at_the_provider_and_comes_back_signed_in(
    open_page: OpenPage, server: Served, shot: Callable[[Page, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOWENGINE_SECRET_OIDC", SECRET)
    with OpenIdProvider() as provider:
        given: dict[str, Any] = {"issuer": provider.issuer, "client_id": CLIENT, "client_secret_name": "oidc"}
        server.site.oidc = Oidc(OidcSettings(**given, label="Plant login", roles={"makers": "editor"}))
        page = open_page(None)
        button = page.get_by_role("button", name="Sign in with Plant login")
        expect(button).to_be_visible()
        shot(page, "sign-in-by-provider")
        button.click()
        expect(page.get_by_role("button", name="ada, editor")).to_be_visible()
        expect(page).to_have_url(re.compile(r"^[^?]*$"))  # a code is nothing for the history
        provider.person = {"sub": "2", "groups": []}
        other = open_page(None)
        other.get_by_role("button", name="Sign in with Plant login").click()
        expect(other.get_by_role("alert").first).to_contain_text("None of your groups may sign in here")


def test_a_session_that_ends_is_begun_again_over_the_work_and_nothing_of_it_is_lost(
    editor: OpenEditor, server: Served
) -> None:
    page = editor("line")
    server.site.access.sessions.end_all(USERS["editor"])
    set_option(page, "line", "double", "expression", "payload * 3")
    dialog = page.get_by_role("dialog", name="Your session has ended")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog).to_be_hidden()
    assert draft(page, "line")["nodes"]["double"]["options"] == {"expression": "payload * 3"}  # type: ignore[index]
    expect(page.get_by_text("draft saved")).to_be_visible()


def test_an_admin_lets_others_in_and_the_last_admin_stays(open_page: OpenPage) -> None:
    page = open_page("admin", viewport={"width": 640, "height": 400})
    page.get_by_role("button", name="anna, admin").click()
    page.get_by_role("menuitem", name="Users").click()
    dialog = page.get_by_role("dialog", name="Users")
    form = dialog.get_by_role("form", name="Add user")
    expect(dialog.get_by_label("Role of anna")).to_be_visible()
    expect(form.get_by_role("button", name="Add user")).to_be_in_viewport()  # however long the lists, at 200 % too
    form.get_by_label("Name").fill("ute")
    form.get_by_label("Role").select_option("operator")
    form.get_by_label("Password").fill("her own password")
    form.get_by_role("button", name="Add user").click()
    expect(dialog.get_by_label("Role of ute")).to_have_value("operator")
    dialog.get_by_label("Role of anna").select_option("viewer")
    expect(dialog.get_by_role("alert")).to_contain_text(re.compile("admin", re.I))
    dialog.get_by_role("button", name="Delete ute").click()
    dialog.get_by_role("button", name="Delete ute").click()
    expect(dialog.get_by_label("Role of ute")).to_have_count(0)


def test_the_own_password_is_changed_with_the_current_one(open_page: OpenPage, server: Served) -> None:
    page = open_page("viewer")
    page.get_by_role("button", name="vera, viewer").click()
    page.get_by_role("menuitem", name="Own password").click()
    dialog = page.get_by_role("dialog", name="Own password")
    dialog.get_by_label("Current password").fill("wrong")
    dialog.get_by_label("New password", exact=True).fill("something new and long")
    dialog.get_by_label("New password again").fill("something new and long")
    dialog.get_by_role("button", name="Set password").click()
    expect(dialog.get_by_role("alert")).to_contain_text("current password is wrong")
    dialog.get_by_label("Current password").fill(PASSWORD)
    dialog.get_by_role("button", name="Set password").click()
    expect(dialog).to_be_hidden()
    assert server.site.access.users.with_password("vera", "something new and long") is not None


def test_signing_out_leads_to_the_sign_in_page_and_keeps_the_draft(
    editor: OpenEditor, server: Served, shot: Any
) -> None:
    page = editor("line")
    set_option(page, "line", "double", "expression", "payload * 4")
    expect(page.get_by_text("draft saved")).to_be_visible()
    page.get_by_role("button", name="edgar, editor").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    server.site.access.logons.failed(USERS["editor"])
    sign_in(page, "editor")
    expect(page.get_by_role("dialog", name="Unfinished edit")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="edgar, editor").click()
    expect(page.get_by_role("menuitem", name="Signed in before")).to_be_visible()
    expect(page.get_by_role("menuitem", name="1 failed try to sign in since")).to_be_visible()
    shot(page, "previous-sign-in")


def sign_in(page: Page, role: str) -> None:
    """Sign in on the sign-in page."""
    page.get_by_label("Name").fill(USERS[role])  # type: ignore[index]
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_an_admin_gives_rights_in_an_area_makes_a_group_and_a_token_and_takes_them_back(
    open_page: OpenPage, server: Served, shot: Callable[[Page, str], None]
) -> None:
    page = open_page("admin")
    page.get_by_role("button", name=f"{USERS['admin']}, admin").click()
    page.get_by_role("menuitem", name="Users").click()
    dialog = page.get_by_role("dialog", name="Users")
    groups = dialog.get_by_role("region", name="Groups")
    groups.get_by_label("Group", exact=True).fill("shift-a")
    groups.get_by_label("Members, with commas between").fill(USERS["viewer"])
    groups.get_by_role("button", name="Set group").click()
    expect(groups).to_contain_text(f"group/shift-a: {USERS['viewer']}")
    rights = dialog.get_by_role("region", name="Permissions in areas")
    rights.get_by_label("User, group/NAME or token/NAME").fill("group/shift-a")
    rights.get_by_label("Area of flows").fill("press-*")
    rights.get_by_role("button", name="Permit").click()
    expect(rights).to_contain_text("group/shift-a: editor in press-*")
    tokens = dialog.get_by_role("region", name="Tokens of programs")
    tokens.get_by_label("Token’s name").fill("ci")
    tokens.get_by_role("button", name="Make token").click()
    expect(tokens.get_by_role("status")).to_contain_text("fe_")
    expect(tokens).to_contain_text("ci: viewer, until")
    shot(page, "rights")
    rights.get_by_role("button", name="Withdraw from group/shift-a: editor in press-*").click()
    expect(rights).not_to_contain_text("press-*:")
    tokens.get_by_role("button", name="Revoke the token ci").click()
    expect(tokens).not_to_contain_text("until")
    rights.get_by_label("User, group/NAME or token/NAME").fill(USERS["viewer"])
    rights.get_by_label("Area of flows").fill("no such place")
    rights.get_by_role("button", name="Permit").click()
    expect(dialog.get_by_role("alert").last).to_contain_text("An area is the name of a flow")
