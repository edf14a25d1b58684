"""The connection `notify/mailbox`."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from msgspec import Meta

from flowengine import Connection, Refused, Retryable, Secret
from flowengine_nodes.notify.mailbox_session import Found, ImapSession, Place, Pop3Session
from flowengine_nodes.notify.server_options import CaOption, TimeoutOption

_PORTS: Final = {("imap", "tls"): 993, ("imap", "starttls"): 143, ("imap", "none"): 143,
                 ("pop3", "tls"): 995, ("pop3", "starttls"): 110, ("pop3", "none"): 110}  # fmt: skip


class Mailbox(Connection, type="notify/mailbox"):
    """A mailbox that is read by IMAP or POP3.

    Example: `host: mail.example.com`, `username: orders`, `password: ${secret:orders-mail}`.
    """

    protocol: Annotated[
        Literal["imap", "pop3"],
        Meta(description="How it is read", extra_json_schema={"x-titles": {"imap": "IMAP", "pop3": "POP3"}}),
    ] = "imap"
    host: Annotated[str, Meta(description="Name or address of the server", min_length=1)]
    port: Annotated[int, Meta(description="TCP port; 0: the usual one", ge=0, le=65535)] = 0
    security: Annotated[
        Literal["tls", "starttls", "none"],
        Meta(
            description="tls: from the first byte; starttls: encrypted before anything is said; none: in the clear",
            extra_json_schema={"x-titles": {"starttls": "STARTTLS", "tls": "TLS"}},
        ),
    ] = "tls"
    username: Annotated[str, Meta(description="User name", min_length=1, pattern=r"^[^\x00-\x1f\x7f]+$")]
    password: Annotated[Secret, Meta(description="Password")] = ""
    ca: CaOption = ""
    timeout: TimeoutOption = 20.0

    @classmethod
    def named_hosts(cls, options: Mapping[str, Any]) -> list[tuple[str, int]]:
        """Name the server."""
        way = str(options.get("protocol", "imap")), str(options.get("security", "tls"))
        return [(str(options.get("host", "")), int(options.get("port", 0)) or _PORTS.get(way, 993))]

    def __post_init__(self) -> None:
        self.port = self.port or _PORTS[self.protocol, self.security]

    async def start(self) -> None:
        """Say where mail is fetched; nobody signs in before there is a node that reads."""
        self.status("ok", f"{self.host}:{self.port}")

    async def visit(
        self, folder: str, which: str, known: frozenset[str], most: int, finished: list[str], afterwards: str
    ) -> list[Found]:
        """Do what is to be done with finished mails, then return new ones, the oldest first.

        Args:
            folder: the folder of IMAP.
            which: what IMAP's SEARCH is to find.
            known: mails that are not to be fetched.
            most: how many at once.
            finished: mails that are finished with.
            afterwards: what becomes of them: `read`, `delete` or `keep`.

        Raises:
            Retryable: the server is away or broke off.
            Refused: it takes neither password nor folder.
        """
        try:
            addresses = await self.reach(self.host, self.port)
            found = await self.blocking(self._visit, addresses, folder, which, known, most, finished, afterwards)
        except (Retryable, Refused) as error:
            self.status("error", str(error))
            raise
        self.status("ok", f"{self.host}:{self.port}")
        return found

    def _visit(
        self,
        addresses: list[str],
        folder: str,
        which: str,
        known: frozenset[str],
        most: int,
        finished: list[str],
        afterwards: str,
    ) -> list[Found]:
        who = self.username, self.password
        place = Place(addresses, self.host, self.port, self.security, *who, self._context(), self.timeout)
        session = ImapSession(place, folder) if self.protocol == "imap" else Pop3Session(place)
        try:
            if finished and afterwards != "keep":
                session.mark(finished, afterwards == "read")
            return session.find(which, known, most)
        finally:
            session.close()

    def _context(self) -> ssl.SSLContext | None:
        if self.security == "none":
            return None
        try:
            return ssl.create_default_context(cafile=self.ca or None)
        except OSError as error:
            raise Refused(f"ca {self.ca}: {error.strerror or error}") from None
