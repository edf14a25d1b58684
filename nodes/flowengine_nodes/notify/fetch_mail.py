"""The transform `notify/fetch-mail`."""

from __future__ import annotations

import asyncio
from typing import Annotated, ClassVar, Final, Literal

from msgspec import Meta

from flowengine import AsyncTransform, Message, NodeError
from flowengine_nodes.notify.mail_text import message_of
from flowengine_nodes.notify.mailbox import Mailbox
from flowengine_nodes.notify.read_mail import AT_ONCE, FolderOption, WhichOption

MOST: Final = 500
"""Mails for one message at most."""
MOST_BYTES: Final = 100 * 1024 * 1024
"""When so many are there, no more are fetched for this message."""
PATIENCE: Final = 2.0
"""Seconds that a stop waits until mails that were passed on are marked."""


class FetchMail(AsyncTransform, type="notify/fetch-mail"):
    """Fetch mail from a mailbox whenever a message comes: a message for each mail, the oldest first.

    Each keeps what the message that came has, with the mail's own on top: the payload is the text, the topic the
    subject; `from`, `to`, `date`, `header`, `html` and `attachments` (filename, contentType, content) are properties.
    Whoever knows the address can write there: take what a mail says for what a stranger says.

    A mail is marked as read, or deleted, right after it has been passed on. With `keep`, which POP3 has in place of
    `read`, the mailbox stays as it is, so a mail comes each time. 500 mails come at most; of more the newest wait. To
    look for mail by itself, and mark what a flow has finished with, use notify/read-mail.

    Example: an hourly timer, folder INBOX, which UNSEEN, afterwards read.
    """

    concurrency: ClassVar[int] = 1

    connection: Annotated[Mailbox, Meta(description="The mailbox")]
    folder: FolderOption = "INBOX"
    which: WhichOption = "UNSEEN"
    afterwards: Annotated[
        Literal["read", "delete", "keep"], Meta(description="What becomes of a mail that was passed on")
    ] = "read"

    def __post_init__(self) -> None:
        self._passed_on: list[str] = []
        self._marking: asyncio.Task[None] | None = None

    async def process(self, msg: Message) -> list[Message]:
        """Return a message for each mail.

        Raises:
            Retryable, Refused: what the server says.
        """
        if self._marking is not None:
            await self._marking
        made: list[Message] = []
        unmarked, self._passed_on = self._passed_on, []
        passed_on: list[str] = []
        too_large: list[str] = []
        size = 0
        while True:
            known = frozenset((*unmarked, *passed_on, *too_large))
            try:
                found = await self.connection.visit(self.folder, self.which, known, AT_ONCE, unmarked, self.afterwards)
            except BaseException:
                self._passed_on = unmarked
                raise
            unmarked = []
            for mail, raw in found:
                if raw is None:
                    too_large.append(mail)
                    self.log.warning("a mail is larger than can be fetched, and is left where it is")
                    continue
                size += len(raw)
                read = message_of(raw, self.clock.now())
                made.append(
                    msg.replace(payload=read.payload, topic=read.topic, time=read.time).with_properties(
                        **read.properties
                    )
                )
                passed_on.append(mail)
            if len(found) < AT_ONCE or len(made) >= MOST or size >= MOST_BYTES:
                break
        if passed_on and self.afterwards != "keep":
            self._passed_on = passed_on
            self._marking = asyncio.ensure_future(self._mark())
        return made

    async def _mark(self) -> None:
        try:
            await self.connection.visit(self.folder, self.which, frozenset(), 0, self._passed_on, self.afterwards)
        except NodeError as error:
            self.log.warning("mails that were passed on are marked with the next message only: %s", error)
        else:
            self._passed_on = []

    async def stop(self) -> None:
        """Wait a little for marks that are under way."""
        if self._marking is not None:
            await asyncio.wait([self._marking], timeout=PATIENCE)
            self._marking.cancel()
