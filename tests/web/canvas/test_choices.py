"""Language, theme and windows of all sizes: the choices persist, no text is cut off, nothing runs out of the page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Response, expect

from tests.web.canvas.conftest import OpenEditor
from tests.web.canvas.holding import Held
from tests.web.canvas.reading import set_option

CUT_OFF = """() => [...document.querySelectorAll("button, h2, h3, label, [role=tab], .live-status span")]
  .filter((element) => element.getClientRects().length > 0 && !element.closest(".only-read"))
  .filter((element) => element.scrollWidth > element.clientWidth + 1)
  .filter((element) => getComputedStyle(element).overflowX !== "visible")
  .filter((element) => getComputedStyle(element).textOverflow !== "ellipsis")
  .map((element) => element.textContent)"""
FITS = """() => {
  const { scrollWidth, scrollHeight, clientWidth, clientHeight } = document.documentElement;
  return scrollWidth <= clientWidth && scrollHeight <= clientHeight;
}"""


def choose(page: Page, *names: str) -> None:
    """Choose in the user's menu."""
    for name in names:
        page.get_by_role("banner").get_by_role("button", name="edgar").click()
        page.get_by_role("menuitemcheckbox", name=name, exact=True).click()


def test_german_and_dark_are_kept_and_no_text_is_cut_off(editor: OpenEditor, shot: Callable[[Page, str], None]) -> None:
    page = editor("line")
    choose(page, "Deutsch", "Dunkel")
    page.reload()
    html = page.locator("html")
    expect(html).to_have_attribute("lang", "de")
    expect(html).to_have_attribute("data-theme", "dark")
    expect(page.get_by_role("tab", name="line, läuft")).to_be_visible()
    for pane in ("Einstellungen", "Info", "Debug", "Probleme", "Gliederung", "Verlauf"):
        page.get_by_role("tab", name=pane).click()
        expect(page.get_by_role("tabpanel", name=pane)).to_be_visible()
        assert page.evaluate(CUT_OFF) == [], pane
    shot(page, "german-dark")
    page.get_by_role("tab", name="Startseite").click()
    expect(page.get_by_role("heading", name="Beispiele und Vorlagen")).to_be_visible()
    assert page.evaluate(CUT_OFF) == []
    shot(page, "german-dark-start")


def test_the_theme_follows_the_computer_until_one_is_chosen(editor: OpenEditor) -> None:
    page = editor("line", color_scheme="dark")
    html = page.locator("html")
    expect(html).to_have_attribute("data-theme", "dark")
    page.emulate_media(color_scheme="light")
    expect(html).to_have_attribute("data-theme", "light")
    choose(page, "Dark")
    expect(html).to_have_attribute("data-theme", "dark")


MOVING = """() => {
  const looks = (one) => [null, "::before", "::after"].map((part) => getComputedStyle(one, part));
  const parts = [...document.querySelectorAll("*")].flatMap(looks);
  const seconds = (text) => Math.max(...text.split(",").map(parseFloat));
  return {
    now: document.getAnimations().length,
    may: parts.filter((one) => one.animationName !== "none" || seconds(one.transitionDuration) > 0).length,
    glides: parts.filter((one) => one.scrollBehavior === "smooth").length,
  };
}"""

FLASHING = """() => new Promise((done) => {
  new MutationObserver(([{ target }]) => target.matches("[data-found]") && done((MOVING)()))
    .observe(document.querySelector(".react-flow__node[data-id=log]"), { attributeFilter: ["data-found"] });
  flowengine.view.getState().find("line", "log");
})"""
"""How much moves when a node has just been found."""


@pytest.mark.parametrize(("motion", "moves"), [("reduce", 0), ("no-preference", 1)])
def test_nothing_moves_by_itself_for_who_asks_for_less_motion(editor: OpenEditor, motion: str, moves: int) -> None:
    page = editor("line", reduced_motion=motion)
    expect(page.locator(".react-flow__node[data-id=log]")).to_be_visible()
    flashing = page.evaluate(FLASHING.replace("MOVING", MOVING))
    assert flashing == {"now": moves, "may": moves, "glides": 0}
    if moves:
        return
    for dialog in ("deploy", "commands", "import"):
        page.evaluate("name => flowengine.view.getState().openDialog(name, {flow: 'line'})", dialog)
        expect(page.get_by_role("dialog")).to_be_visible()
        assert page.evaluate(MOVING) == {"now": 0, "may": 0, "glides": 0}, dialog
        page.evaluate("flowengine.view.getState().closeDialog()")
    for pane in ("Settings", "Debug", "Outline"):
        page.get_by_role("tab", name=pane).click()
        expect(page.get_by_role("tabpanel", name=pane)).to_be_visible()
        assert page.evaluate(MOVING) == {"now": 0, "may": 0, "glides": 0}, pane


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("wide", (1280, 800)),
        ("tablet", (820, 1180)),
        ("700", (700, 800)),
        ("zoom-200", (640, 400)),
        ("phone", (390, 780)),
    ],
)
def test_every_size_shows_all_of_the_page(
    editor: OpenEditor, shot: Callable[[Page, str], None], name: str, size: tuple[int, int]
) -> None:
    page = editor("line", viewport={"width": size[0], "height": size[1]})
    set_option(page, "line", "double", "expression", "payload *")
    shot(page, f"size-{name}")
    page.wait_for_function(FITS)
    deploy = page.get_by_role("banner").get_by_role("button", name="Deploy")
    expect(deploy).to_be_in_viewport(ratio=1)
    page.get_by_role("tab", name="Problems").click()
    pane = page.get_by_role("tabpanel", name="Problems")
    expect(pane.get_by_role("button", name="double")).to_be_in_viewport(ratio=1)
    shot(page, f"size-{name}-problems")
    page.wait_for_function(FITS)
    page.get_by_role("tab", name="Start page").click()
    expect(page.get_by_role("heading", name="Flows", exact=True)).to_be_visible()
    shot(page, f"size-{name}-start")
    page.wait_for_function(FITS)
    deploy.click()
    dialog = page.get_by_role("dialog", name="Deploy")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_in_viewport(ratio=1)
    expect(dialog.get_by_role("region", name="1 error keeps")).to_be_visible()
    shot(page, f"size-{name}-deploy")


def test_words_of_a_language_that_is_chosen_no_more_come_too_late(editor: OpenEditor) -> None:
    page = editor("line")
    held = Held(page, "**/api/palette?*language=de*")

    def english(answer: Response) -> bool:
        return "/api/palette" in answer.url and "language" not in answer.url

    choose(page, "Deutsch")
    held.came()
    with page.expect_response(english):
        choose(page, "English")
    with page.expect_response(english):
        held.go_on()  # what has come is not taken: the palette is read once more
    palette = page.get_by_role("navigation", name="Palette")
    expect(palette.get_by_role("heading", name="Control")).to_be_visible()
    expect(palette.get_by_role("heading", name="Regelung")).to_have_count(0)
