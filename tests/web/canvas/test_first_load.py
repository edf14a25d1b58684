"""What a browser fetches until the page can be used, counted on the wire: all of it, headers included."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.web.canvas.conftest import ROOT, OpenPage

MOST: Final = 200_000
"""Bytes of the canvas itself, gzipped, without the form: the figure that is asked for, exactly."""
MOST_WITH_ANSWERS: Final = 220_000
"""The same with the API's answers."""
LATER: Final = re.findall(r"PAUSE = (\d+);", (ROOT / "web/canvas/src/ui/later.ts").read_text())
"""Milliseconds after which the rest is fetched."""
NEVER: Final = """(() => {
  const after = window.setTimeout;
  window.setTimeout = (run, time, ...more) => (LATER.includes(time) ? 0 : after(run, time, ...more));
})()"""
"""Has the rest never fetched, so that it is not counted where this computer takes longer than that."""


def transferred(page: Page, path: str, until: Callable[[Page], None]) -> dict[str, int]:
    """Open a path; return what was fetched until then: path -> bytes on the wire."""
    wire = page.context.new_cdp_session(page)
    paths: dict[str, str] = {}
    sizes: dict[str, int] = {}

    def finished(event: dict[str, float | str]) -> None:
        sizes[paths[str(event["requestId"])]] = int(event["encodedDataLength"])

    wire.on("Network.requestWillBeSent", lambda event: paths.update({event["requestId"]: event["request"]["url"]}))
    wire.on("Network.loadingFinished", finished)
    wire.send("Network.enable")
    # Over plain HTTP browsers take gzip; to a server on the same computer they would offer more.
    wire.send("Network.setExtraHTTPHeaders", {"headers": {"Accept-Encoding": "gzip"}})
    assert len(LATER) == 1
    page.add_init_script(NEVER.replace("LATER", f"[{LATER[0]}]"))
    page.goto(path)
    until(page)
    return {address.partition("//")[2].partition("/")[2]: size for address, size in sizes.items()}


def flows_are_listed(page: Page) -> None:
    """Wait for the start page."""
    expect(page.get_by_role("heading", name="Line monitor", exact=True)).to_be_visible()


def values_are_live(page: Page) -> None:
    """Wait until a flow shows what passes."""
    expect(page.locator(".node-value").nth(1)).to_be_visible()


@pytest.mark.parametrize("language", ["en-GB", "de-DE"])
@pytest.mark.parametrize(("path", "until"), [("/", flows_are_listed), ("/#line", values_are_live)])
def test_the_first_page_can_be_used_after_200_kb(
    open_page: OpenPage, path: str, until: Callable[[Page], None], language: str
) -> None:
    page = open_page(path="about:blank", locale=language)
    found = transferred(page, path, until)
    canvas = sum(size for name, size in found.items() if not name.startswith("api/"))
    assert canvas > MOST / 2  # it has been counted
    assert canvas <= MOST, found
    assert sum(found.values()) <= MOST_WITH_ANSWERS, found
