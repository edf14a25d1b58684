"""The actuator `notify/email`."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Annotated, ClassVar, Final

from msgspec import Meta

from flowengine import Actuator, BadData, Message, Retry
from flowengine_nodes.notify import filled
from flowengine_nodes.notify.mail_server import MailServer, check_address
from flowengine_nodes.notify.webhook import RETRY

_UNREADABLE: Final = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127], " ")
"""Control characters, which no mail may have (RFC 5322, 2.3), but for tabs and line breaks."""


class Email(Actuator, type="notify/email"):
    """Send an e-mail for each message.

    `{{...}}` in subject and text puts a property of the message in: `{{payload.value}}`, `{{topic}}`, `{{when}}`. The
    text is plain text; nothing in a message can add recipients or headers. Put timing/rate-limit or signal/edge in
    front, so that an alarm that flutters does not fill a mailbox.

    While the server is away it is tried for some minutes; then, or when it refuses, the message is a dead letter. A
    mail that is sent again has the same Message-ID, so that mailboxes can tell.

    Example: to `maintenance@example.com`, subject `{{topic}}: {{payload.why}}`.
    """

    retry: ClassVar[Retry] = RETRY

    connection: Annotated[MailServer, Meta(description="The mail server")]
    to: Annotated[list[str], Meta(description="Addresses of those who get it", min_length=1, max_length=100)]
    subject: Annotated[str, Meta(description="The subject; {{...}} is filled in")] = "{{topic}}"
    text: Annotated[str, Meta(description="The text; {{...}} is filled in", extra_json_schema={"x-widget": "text"})] = (
        "{{payload}}"
    )

    def __post_init__(self) -> None:
        for address in self.to:
            check_address("to", address)
        self._subject, self._text = filled.text(self.subject), filled.text(self.text)

    async def write(self, msg: Message) -> None:
        """Send the mail."""
        await self.connection.send(self._mail(msg))

    def _mail(self, msg: Message) -> EmailMessage:
        mail = EmailMessage()
        try:
            mail["From"] = self.connection.sender
            mail["To"] = ", ".join(self.to)
            mail["Subject"] = " ".join(_readable(self._subject(msg)).split())[:250] or "(no subject)"
            mail["Date"] = format_datetime(datetime.fromtimestamp(msg.time, UTC))
            mail["Message-ID"] = f"<{self._name(msg)}@flowengine>"
            mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
            mail.set_content(_readable(self._text(msg)))
        except (ValueError, OverflowError) as error:
            raise BadData(f"the mail cannot be made: {error}") from None
        return mail

    def _name(self, msg: Message) -> str:
        parts = "\0".join([msg.id, msg.topic, *self.to, self._subject(msg)])
        return hashlib.sha256(parts.encode(errors="replace")).hexdigest()[:32]


def _readable(text: str) -> str:
    return text.translate(_UNREADABLE)
