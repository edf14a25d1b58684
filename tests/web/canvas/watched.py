"""Pages that tell on themselves: every error in a browser's console fails the test."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page

REFUSED = re.compile(
    r"Failed to load resource: the server responded with a status of (401|403|409|412|422|429|502|503)\b"
)
"""What the API refuses on purpose; the browser writes every such answer into its console."""
AWAY = re.compile(
    r"ERR_CONNECTION_REFUSED|ERR_FAILED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE_CHUNKED|ERR_ABORTED"
)


class ConsoleGuard:
    """Collects errors of all pages of a test."""

    def __init__(self, was_stopped: Callable[[], bool]) -> None:
        self._was_stopped = was_stopped
        self.errors: list[str] = []

    def watch(self, context: BrowserContext) -> None:
        """Watch every page that a context opens; violations of the content security policy are errors too."""
        context.on("page", self._watch_page)

    def _watch_page(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", self._broken)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not self._expected(message.text):
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")

    def _broken(self, error: Error) -> None:
        self.errors.append(f"uncaught: {error.message}\n{error.stack or ''}")

    def _expected(self, text: str) -> bool:
        return REFUSED.search(text) is not None or (self._was_stopped() and AWAY.search(text) is not None)
