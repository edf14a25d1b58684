"""The source `notify/read-mail`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Annotated, Final, Literal

from msgspec import Meta

from flowengine import Message, Source, State, unit
from flowengine_nodes.notify.mail_text import message_of
from flowengine_nodes.notify.mailbox import Mailbox

AT_ONCE: Final = 20
"""Mails fetched in one visit."""

MOST_KNOWN: Final = 10_000
"""Mails that are remembered; of more the oldest are forgotten."""

FolderOption = Annotated[str, Meta(description="Folder of IMAP", pattern="^[ -~]+$")]
WhichOption = Annotated[
    Literal["UNSEEN", "UNANSWERED", "FLAGGED", "SEEN", "ALL"], Meta(description="Which mails; POP3 always has all")
]
"""The options that notify/read-mail and notify/fetch-mail share."""


class ReadMail(Source, type="notify/read-mail"):
    """Fetch mail from a mailbox: a message for each.

    The payload is the text, the topic the subject; `from`, `to`, `date`, `header`, `html` and `attachments` (filename,
    contentType, content) are properties. Whoever knows the address can write there: take what a mail says for what a
    stranger says.

    A mail is marked as read, or deleted, when the flow has finished with it, so that none is lost when flowengine
    falls; one that was fetched but not marked comes again. With `keep`, which POP3 has in place of `read`, the mailbox
    stays as it is, and mails that have come are remembered.

    Example: folder INBOX, which UNSEEN, afterwards read, every 60 s.
    """

    connection: Annotated[Mailbox, Meta(description="The mailbox")]
    folder: FolderOption = "INBOX"
    which: WhichOption = "UNSEEN"
    afterwards: Annotated[
        Literal["read", "delete", "keep"], Meta(description="What becomes of a mail that is finished with")
    ] = "read"
    interval: Annotated[
        float, Meta(description="Look for new mail every", ge=1, le=86400, extra_json_schema=unit("s"))
    ] = 60.0

    known: State[list[str]] = []

    def __post_init__(self) -> None:
        self._of: dict[int, str] = {}
        self._left: set[str] = set()
        self._finished: list[str] = []
        self._all_finished = asyncio.Event()

    async def run(self) -> AsyncIterator[list[Message]]:
        """Fetch mail again and again."""
        self._of.clear()
        while True:
            skipped = frozenset((*self.known, *self._of.values(), *self._left, *self._finished))
            finished, self._finished = self._finished, []
            self._all_finished.clear()
            try:
                found = await self.connection.visit(
                    self.folder, self.which, skipped, AT_ONCE, finished, self.afterwards
                )
            except BaseException:
                self._finished[:0] = finished
                raise
            messages = []
            for mail, raw in found:
                if raw is None:
                    self.log.warning("a mail is larger than can be fetched, and is left where it is")
                    self._left.add(mail)
                    continue
                messages.append(message_of(raw, self.clock.now()))
                self._of[id(messages[-1])] = mail
            if messages:
                yield messages
            if len(found) < AT_ONCE:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self.interval):
                        await self._all_finished.wait()

    def taken(self, messages: list[Message]) -> None:
        """Remember mails that stay as they are."""
        if self.afterwards == "keep" or (self.connection.protocol == "pop3" and self.afterwards == "read"):
            mails = [self._of[id(msg)] for msg in messages if id(msg) in self._of]
            self.known = [*self.known, *mails][-MOST_KNOWN:]

    def done(self, messages: list[Message]) -> None:
        """Have mails marked on the next visit, which is soon where none is under way any more."""
        for msg in messages:
            mail = self._of.pop(id(msg), None)
            if mail is not None:
                self._finished.append(mail)
        if not self._of and self._finished and self.afterwards != "keep":
            self._all_finished.set()
