"""What tests of a live page have in common: a button that is pressed, the word that says it is live."""

from __future__ import annotations

from playwright.sync_api import Locator, Page


def press(page: Page, flow: str, node: str) -> None:
    """Press a node's button by the API, as the page does."""
    status = page.evaluate(
        """async ([flow, node]) => {
          const {csrf} = await (await fetch("/api/session")).json();
          const answer = await fetch(`/api/flows/${flow}/inject`, {method: "POST",
            headers: {"Content-Type": "application/json", "X-CSRF-Token": csrf}, body: JSON.stringify({node})});
          return answer.status;
        }""",
        [flow, node],
    )
    assert status == 200


def live_word(page: Page) -> Locator:
    return page.get_by_role("contentinfo").get_by_text("live", exact=True)
