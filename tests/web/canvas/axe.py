"""What axe finds in a page: in light by every rule, in dark by those that colours can break."""

from __future__ import annotations

from collections.abc import Callable

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

THEMES = ("light", "dark")
OF_COLOURS = ("color-contrast", "link-in-text-block")

RUN = """async ({ within, rules }) => {
  const options = { resultTypes: ["violations"], preload: false, ...(rules && { runOnly: rules }) };
  const { violations } = await axe.run(within ?? document, options);
  return violations.flatMap(({ id, nodes }) => nodes.slice(0, 3).map(({ html, failureSummary }) =>
    `${id}: ${html.slice(0, 200)} ${(failureSummary ?? "").slice(0, 300)}`));
}"""


def bring_axe(page: Page) -> None:
    """Have axe in a page: once, however often it is asked."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE_SCRIPT)


def find_nothing(page: Page, shot: Callable[[Page, str], None], name: str, within: str | None = None) -> None:
    """Look at a state in both themes; `within` a selector, where all around it has been looked at."""
    bring_axe(page)
    for theme in THEMES:
        page.evaluate(
            """theme => {
              if (window.flowengine?.view) flowengine.view.getState().setTheme(theme);
              else document.documentElement.dataset.theme = theme;
            }""",
            theme,
        )
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        shot(page, f"axe-{name}-{theme}")
        found = page.evaluate(RUN, {"within": within, "rules": OF_COLOURS if theme == "dark" else None})
        assert found == [], f"{name}, {theme}"
