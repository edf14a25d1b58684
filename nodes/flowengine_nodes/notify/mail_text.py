"""What a mail says: its bytes (RFC 5322, MIME) as a message."""

from __future__ import annotations

from contextlib import suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from typing import Any

from flowengine import Message


def message_of(raw: bytes, now: float) -> Message:
    """Return a mail as a message: the text as payload, the subject as topic, the rest as properties.

    A mail that nobody can read is there as it came, with `unreadable` saying why.
    """
    try:
        mail = message_from_bytes(raw, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        return _message(mail, now)
    except Exception as error:  # noqa: BLE001 - the library raises what it likes on a stranger's mail
        text = raw.decode(errors="replace")
        return Message(text, time=now, properties={"unreadable": f"{type(error).__name__}: {error}"})


def _message(mail: EmailMessage, now: float) -> Message:
    headers = {name.lower(): str(value) for name, value in mail.items()}
    plain, html = _text(mail, "plain"), _text(mail, "html")
    properties: dict[str, Any] = {
        "from": headers.get("from", ""),
        "to": headers.get("to", ""),
        "header": headers,
        "attachments": [_attachment(part) for part in mail.iter_attachments()],
    }
    if html is not None:
        properties["html"] = html
    time = now
    if "date" in headers:
        properties["date"] = headers["date"]
        with suppress(ValueError, TypeError, OverflowError):  # it is whatever a stranger's program writes
            time = parsedate_to_datetime(headers["date"]).timestamp()
    payload = plain if plain is not None else html or ""
    return Message(payload, topic=headers.get("subject", ""), time=time, properties=properties)


def _text(mail: EmailMessage, kind: str) -> str | None:
    part = mail.get_body((kind,))
    return None if part is None else str(part.get_content()).replace("\r\n", "\n")


def _attachment(part: Any) -> dict[str, Any]:
    content = part.get_payload(decode=True) or b""
    return {"filename": part.get_filename() or "", "contentType": part.get_content_type(), "content": content}
