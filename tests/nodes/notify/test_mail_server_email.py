"""E-mail, given to a real SMTP server."""

from __future__ import annotations

import asyncio
import email
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from flowengine import Message, NodeError, Refused, Retryable
from flowengine_nodes.notify.email import Email
from flowengine_nodes.notify.mail_server import MailServer
from tests.nodes.threads import started
from tests.plants.mosquitto import LOOPBACK, Authority, free_port

HOT = Message({"why": "bearing hot", "value": 92}, "line-1/press", 1_767_225_600.0, id="m1")


class Mailbox:
    """Keeps mail; answers what a test says."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.recipient_answer = "250 OK"
        self.data_answer = "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.data_answer.startswith("250"):
            self.mails.append(email.message_from_bytes(envelope.content, policy=policy.default))
            self.recipients += envelope.rcpt_tos
        return self.data_answer


@contextmanager
def serving(mailbox: Mailbox, **options: Any) -> Iterator[int]:
    controller = Controller(mailbox, hostname=LOOPBACK, port=free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def send(node: Email, *messages: Message) -> list[NodeError | None]:
    async def main() -> list[NodeError | None]:
        found: list[NodeError | None] = []
        async with started(node.connection, node):
            for msg in messages:
                try:
                    await node.write(msg)
                    found.append(None)
                except NodeError as error:
                    found.append(error)
        return found

    return asyncio.run(main())


def plain(port: int, **options: Any) -> MailServer:
    return MailServer(**{"host": LOOPBACK, "port": port, "security": "none", "sender": "line-1@example.com", **options})


def mail_node(server: MailServer, **options: Any) -> Email:
    return Email(connection=server, **{"to": ["anna@example.com", "ben@example.com"], **options})


def test_a_mail_reaches_all_and_a_second_sending_of_it_can_be_told() -> None:
    mailbox = Mailbox()
    with serving(mailbox) as port:
        node = mail_node(
            plain(port), subject="{{topic}}: {{payload.why}} – jetzt", text="{{payload.value}} °C\nseit {{when}}"
        )
        assert send(node, HOT, HOT, HOT.replace(id="m2")) == [None, None, None]
    first, again, other = mailbox.mails
    assert mailbox.recipients[:2] == ["anna@example.com", "ben@example.com"]
    assert first["Subject"] == "line-1/press: bearing hot – jetzt"
    assert first.get_content().split("\r\n")[:2] == ["92 °C", "seit 2026-01-01T00:00:00Z"]
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Date"] == "Thu, 01 Jan 2026 00:00:00 +0000"
    assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]


def test_nothing_in_a_message_adds_a_header_or_a_recipient() -> None:
    mailbox = Mailbox()
    evil = Message(
        "x\r\nBcc: mallory@example.com\r\n\r\n.\r\nMAIL FROM:<m@example.com>", "t\r\nBcc: mallory@example.com", 1.0
    )
    with serving(mailbox) as port:
        assert send(mail_node(plain(port)), evil) == [None]
    assert mailbox.recipients == ["anna@example.com", "ben@example.com"]
    assert mailbox.mails[0]["Bcc"] is None
    assert mailbox.mails[0]["Subject"] == "t Bcc: mallory@example.com"
    assert "MAIL FROM" in mailbox.mails[0].get_content()


def test_control_characters_of_a_message_are_spaces_in_the_mail() -> None:
    mailbox = Mailbox()
    evil = Message({"why": "bell\x07\x1b[31m\0end\tof\nline"}, "t", 1.0)
    with serving(mailbox) as port:
        assert send(mail_node(plain(port), subject="{{payload.why}}", text="{{payload.why}}"), evil) == [None]
    assert mailbox.mails[0]["Subject"] == "bell [31m end of line"
    assert mailbox.mails[0].get_content() == "bell  [31m end\tof\r\nline\r\n"


@pytest.mark.parametrize(
    ("which", "answer", "kind"),
    [
        ("recipient_answer", "450 mailbox busy", Retryable),
        ("recipient_answer", "550 no such mailbox", Refused),
        ("data_answer", "452 no room", Retryable),
        ("data_answer", "554 not wanted", Refused),
    ],
)
def test_what_a_server_answers_says_whether_trying_again_may_help(
    which: str, answer: str, kind: type[NodeError]
) -> None:
    mailbox = Mailbox()
    setattr(mailbox, which, answer)
    with serving(mailbox) as port:
        (error,) = send(mail_node(plain(port)), HOT)
    assert isinstance(error, kind)
    assert str(error) == f"127.0.0.1 answers {answer[:3]}: {answer[4:]}"


def test_a_server_that_is_away_is_tried_again_later() -> None:
    (error,) = send(mail_node(plain(free_port(), timeout=1.0)), HOT)
    assert isinstance(error, Retryable)


def test_a_password_goes_over_an_encrypted_connection_that_is_trusted(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.issue("mail", f"IP:{LOOPBACK}")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"line-1", b"grey-otter-37"), handled=False)

    mailbox = Mailbox()
    with serving(mailbox, tls_context=context, require_starttls=True, authenticator=check, auth_required=True) as port:
        signed = {"security": "starttls", "username": "line-1", "ca": str(authority.certificate)}
        assert send(mail_node(plain(port, **signed, password="grey-otter-37")), HOT) == [None]
        (wrong,) = send(mail_node(plain(port, **signed, password="nonsense")), HOT)
        (untrusted,) = send(mail_node(plain(port, **{**signed, "ca": ""}, password="grey-otter-37")), HOT)
    assert len(mailbox.mails) == 1
    assert isinstance(wrong, Refused)
    assert "535" in str(wrong)
    assert "nonsense" not in str(wrong)
    assert "its certificate is not trusted" in str(untrusted)


@pytest.mark.parametrize(
    "address",
    ["", "anna", "@example.com", "anna@", "a b@x.com", "a@x.com\r\nBcc: m@x.com", "a@x.com,m@x.com", "<a@x.com"],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="is no e-mail address"):
        mail_node(plain(25), to=[address])
    with pytest.raises(ValueError, match="sender: "):
        plain(25, sender=address)


def test_a_password_without_encryption_is_refused() -> None:
    with pytest.raises(ValueError, match="in the clear"):
        MailServer(host="mail", sender="a@example.com", security="none", username="u", password="p")
