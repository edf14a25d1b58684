"""Requests of a page that a test keeps waiting, until it has done something meanwhile."""

from __future__ import annotations

from playwright.sync_api import Page, Route

from tests.web.canvas.reading import wait_until


class Held:
    """Holds what a page asks for from now on; to be made before the page can have asked for it."""

    def __init__(self, page: Page, pattern: str) -> None:
        self._page = page
        self._waiting: list[Route] = []
        self._held = True
        page.route(pattern, self._came)

    def came(self) -> None:
        """Wait until something has been asked for."""
        wait_until(self._page, lambda: self._waiting)

    def go_on(self) -> None:
        """Let everything through, also what is asked for later."""
        self._held = False
        for route in self._waiting:
            route.continue_()

    def _came(self, route: Route) -> None:
        if self._held:
            self._waiting.append(route)
        else:
            route.continue_()
