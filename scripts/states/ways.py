"""The ways in which each state is looked at, and the camera that goes through them."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page

REST_MS = 450
"""Milliseconds until a page has come to rest after its size or its looks have changed."""


@dataclass(frozen=True)
class Way:
    """How somebody may look at the canvas. Sizes are in CSS pixels."""

    name: str
    width: int = 1440
    height: int = 900
    scale: float = 1
    theme: Literal["light", "dark"] = "light"
    language: Literal["en", "de"] = "en"


WAYS = (
    Way("light"),
    Way("dark", theme="dark"),
    Way("narrow", width=390, height=844),
    Way("zoom", width=720, height=450, scale=2),
    Way("german", language="de"),
    Way("german-narrow", width=390, height=844, language="de"),
)

SPEAK = """language => {
  const view = window.flowengine?.view?.getState();
  if (view && view.language !== language) view.setLanguage(language);
}"""
SCROLLS = """() => document.documentElement.scrollWidth > innerWidth + 1
  ? `scrolls sideways: ${document.documentElement.scrollWidth} of ${innerWidth}` : ''"""


class Camera:
    """Takes pictures of a page in any way, without leaving the state it is in."""

    def __init__(self, page: Page, folder: Path) -> None:
        """Look at a page; pictures go to the folder, a folder within for each way."""
        self._page = page
        self._folder = folder
        self._cdp = page.context.new_cdp_session(page)

    def turn(self, way: Way) -> None:
        """Look in this way from now on."""
        size = {"width": way.width, "height": way.height, "deviceScaleFactor": way.scale, "mobile": False}
        self._cdp.send("Emulation.setDeviceMetricsOverride", size)
        self._page.emulate_media(color_scheme=way.theme, reduced_motion="reduce")

    def speak(self, way: Way) -> None:
        """Have the page's words in the language of a way."""
        self._page.evaluate(SPEAK, way.language)

    def take(self, name: str, way: Way) -> str:
        """Take a picture; returns what is wrong with the page whatever it shows, or nothing."""
        self._page.wait_for_timeout(REST_MS)
        taken = self._cdp.send("Page.captureScreenshot", {"format": "png"})
        file = self._folder / way.name / f"{name}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(base64.b64decode(taken["data"]))
        return str(self._page.evaluate(SCROLLS))
