"""The connection `notify/mail-server`."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import Connection, Refused, Retryable, Secret
from flowengine_nodes.notify.server_options import CaOption, TimeoutOption
from flowengine_nodes.reached import connected


class MailServer(Connection, type="notify/mail-server"):
    """A server that takes e-mail by SMTP.

    Port 587 with starttls is what mail servers have for programs that sign in, 465 with tls the older form of it; 25
    without either is for a server in the plant's own network.

    Example: `host: mail.example.com`, `username: line-1`, `password: ${secret:mail}`, `sender: line-1@example.com`.
    """

    host: Annotated[str, Meta(description="Name or address of the server", min_length=1)]
    port: Annotated[int, Meta(description="TCP port: 587, 465 or 25", ge=1, le=65535)] = 587
    security: Annotated[
        Literal["starttls", "tls", "none"],
        Meta(
            description="starttls: encrypted before anything is said; tls: from the first byte; none: in the clear",
            extra_json_schema={"x-titles": {"starttls": "STARTTLS", "tls": "TLS"}},
        ),
    ] = "starttls"
    username: Annotated[str, Meta(description="User name; empty: none")] = ""
    password: Annotated[Secret, Meta(description="Password; never sent without encryption")] = ""
    sender: Annotated[str, Meta(description="Whom the mail is from: line-1@example.com", min_length=3)]
    ca: CaOption = ""
    timeout: TimeoutOption = 20.0

    @classmethod
    def named_hosts(cls, options: Mapping[str, Any]) -> list[tuple[str, int]]:
        """Name the server."""
        return [(str(options.get("host", "")), int(options.get("port", 587)))]

    def __post_init__(self) -> None:
        check_address("sender", self.sender)
        if self.username and self.security == "none":
            raise ValueError("with 'security: none' a password would go over the network in the clear: use starttls")

    async def start(self) -> None:
        """Say where mail will go; nothing is sent before there is some."""
        self.status("ok", f"{self.host}:{self.port}")

    async def send(self, mail: EmailMessage) -> None:
        """Hand a mail over to the server.

        Raises:
            Retryable: the server is away or says to come later.
            Refused: it takes neither sender, recipients, password nor text.
        """
        try:
            addresses = await self.reach(self.host, self.port)
            await self.blocking(self._send, addresses, mail)
        except (Retryable, Refused) as error:
            self.status("error", str(error))
            raise
        self.status("ok", f"{self.host}:{self.port}")

    def _send(self, addresses: list[str], mail: EmailMessage) -> None:
        try:
            with self._link(addresses) as link:
                if self.security == "starttls":
                    link.starttls(context=self._context())
                if self.username:
                    link.login(self.username, self.password)
                refused = link.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            raise _answered(self.host, *next(iter(error.recipients.values()))) from None
        except smtplib.SMTPResponseException as error:  # the password's too, and the sender's
            raise _answered(self.host, error.smtp_code, error.smtp_error) from None
        except smtplib.SMTPNotSupportedError as error:
            raise Refused(f"{self.host}: {error}") from None
        except ssl.SSLCertVerificationError as error:
            raise Retryable(f"{self.host}: its certificate is not trusted: {error.verify_message}") from None
        except (OSError, smtplib.SMTPException) as error:
            raise Retryable(f"{self.host}:{self.port} does not answer: {error or 'time-out'}") from None
        if refused:  # the others have it: sending again would give it to them twice
            who = ", ".join(sorted(refused))
            self.log.warning("%s did not take the mail for %s", self.host, who)

    def _link(self, addresses: list[str]) -> smtplib.SMTP:
        context = self._context() if self.security == "tls" else None

        class Link(smtplib.SMTP):
            """Connects to an address that was judged; smtplib would look the name up again."""

            def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
                return connected(addresses, port, timeout, context, host)

        return Link(self.host, self.port, timeout=self.timeout)

    def _context(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self.ca or None)
        except OSError as error:
            raise Refused(f"ca {self.ca}: {error.strerror or error}") from None


def check_address(option: str, address: str) -> None:
    """Check the form of an e-mail address, as far as a slip of the pen shows in it.

    Raises:
        ValueError: it is none.
    """
    name, at, host = address.rpartition("@")
    if not (name and at and host) or any(char in '@,;<>"' for char in name) or not _is_one_word(address):
        raise ValueError(f"{option}: '{address:.80}' is no e-mail address: expected such as line-1@example.com")


def _is_one_word(text: str) -> bool:
    return text.isprintable() and not any(char.isspace() for char in text)


def _answered(host: str, code: int, text: bytes | str) -> Retryable | Refused:
    said = text.decode(errors="replace") if isinstance(text, bytes) else text
    line = f"{host} answers {code}: {' '.join(said.split())[:200]}"
    return Retryable(line) if 400 <= code < 500 else Refused(line)
