"""One visit to a mailbox by IMAP (RFC 9051, 3501) or POP3 (RFC 1939). All of it blocks."""

from __future__ import annotations

import imaplib
import poplib
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, NamedTuple

from flowengine import NodeError, Refused, Retryable
from flowengine_nodes.reached import connected

LARGEST: Final = 25 * 1024 * 1024
"""Bytes of a mail at most; a larger one is left where it is."""

_SIZE: Final = re.compile(rb"RFC822\.SIZE (\d+)")


class Found(NamedTuple):
    """A mail in the box: its name there, which stays the same, and its bytes; None: it is too large."""

    id: str
    raw: bytes | None


class Place(NamedTuple):
    """Where a mailbox is, and how to get in."""

    addresses: list[str]
    """Those of the host that were judged: imaplib and poplib would look the name up again."""
    host: str
    port: int
    security: str
    username: str
    password: str
    context: ssl.SSLContext | None
    timeout: float

    def connect(self) -> socket.socket:
        """Connect, encrypted from the beginning where that is said."""
        context = self.context if self.security == "tls" else None
        return connected(self.addresses, self.port, self.timeout, context, self.host)


class _Imap(imaplib.IMAP4):
    def __init__(self, place: Place) -> None:
        self._place = place
        super().__init__(place.host, place.port)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return self._place.connect()


class _Pop3(poplib.POP3):
    def __init__(self, place: Place) -> None:
        self._place = place
        try:
            super().__init__(place.host, place.port)
        except BaseException:  # poplib leaves the socket open where the server says nothing
            if hasattr(self, "file"):
                self.close()
            raise

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return self._place.connect()


class ImapSession:
    """A folder, opened to read and to mark."""

    def __init__(self, place: Place, folder: str) -> None:
        """Sign in and open the folder."""
        with said(place.host):
            self._link = _Imap(place)
            self._place = place
            try:
                if place.security == "starttls":
                    self._link.starttls(place.context)
                secret = f"\0{place.username}\0{place.password}".encode()
                if "AUTH=PLAIN" in self._link.capabilities:
                    self._link.authenticate("PLAIN", lambda _: secret)
                else:
                    self._link.login(_quoted(place.username), place.password)
                self._answer(self._link.select(_quoted(folder)))
                self._validity = (self._link.response("UIDVALIDITY")[1] or [b"0"])[0] or b"0"
            except BaseException:
                self._link.shutdown()
                raise

    def find(self, which: str, known: frozenset[str], most: int) -> list[Found]:
        """Return mails that fit and are not known, the oldest first."""
        with said(self._place.host):
            (answer, *_) = self._answer(self._link.uid("SEARCH", which))
            names = [(uid, f"{self._validity.decode()}.{uid}") for uid in (answer or b"").decode().split()]
            return [Found(id, self._fetch(uid)) for uid, id in [pair for pair in names if pair[1] not in known][:most]]

    def _fetch(self, uid: str) -> bytes | None:
        size = _SIZE.search(b" ".join(_bytes(self._answer(self._link.uid("FETCH", uid, "(RFC822.SIZE)")))))
        if size is not None and int(size[1]) > LARGEST:
            return None
        parts = self._answer(self._link.uid("FETCH", uid, "(BODY.PEEK[])"))
        return next((part[1] for part in parts if isinstance(part, tuple)), b"")

    def mark(self, ids: list[str], read: bool) -> None:
        """Mark mails as read, or delete them."""
        uids = [id.partition(".")[2] for id in ids if id.startswith(f"{self._validity.decode()}.")]
        with said(self._place.host):
            for uid in uids:
                self._answer(self._link.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen)" if read else r"(\Deleted)"))
            if uids and not read:
                self._link.expunge()

    def close(self) -> None:
        """Sign out."""
        with suppress(OSError, imaplib.IMAP4.error):
            self._link.logout()

    def _answer(self, answered: tuple[str, list[Any]]) -> list[Any]:
        kind, data = answered
        if kind != "OK":
            text = b" ".join(_bytes(data)).decode(errors="replace")
            raise Refused(f"{self._place.host} answers {kind}: {text[:200]}")
        return data


class Pop3Session:
    """A box of POP3, which has neither folders nor marks."""

    def __init__(self, place: Place) -> None:
        """Sign in."""
        with said(place.host):
            self._link = _Pop3(place)
            self._place = place
            try:
                if place.security == "starttls":
                    self._link.stls(place.context)
                self._link.user(place.username)
                self._link.pass_(place.password)
                self._numbers = {
                    id.decode(errors="replace"): int(number)
                    for number, id in (line.split(maxsplit=1) for line in self._link.uidl()[1])
                }
                self._sizes = {int(line.split()[0]): int(line.split()[1]) for line in self._link.list()[1]}
            except BaseException:
                self._link.close()
                raise

    def find(self, which: str, known: frozenset[str], most: int) -> list[Found]:
        """Return mails that are not known, the oldest first; POP3 cannot tell which are unread."""
        with said(self._place.host):
            new = [(id, number) for id, number in self._numbers.items() if id not in known][:most]
            return [Found(id, self._fetch(number)) for id, number in new]

    def _fetch(self, number: int) -> bytes | None:
        if self._sizes.get(number, 0) > LARGEST:
            return None
        return b"\r\n".join(self._link.retr(number)[1])

    def mark(self, ids: list[str], read: bool) -> None:
        """Delete mails; the server does it when the session ends."""
        with said(self._place.host):
            for id in ids:
                if id in self._numbers and not read:
                    self._link.dele(self._numbers[id])

    def close(self) -> None:
        """Sign out."""
        with suppress(OSError, poplib.error_proto):
            self._link.quit()


@contextmanager
def said(host: str) -> Iterator[None]:
    """Put errors of the libraries into the words of the runtime."""
    try:
        yield
    except NodeError:
        raise
    except ssl.SSLCertVerificationError as error:
        raise Retryable(f"{host}: its certificate is not trusted: {error.verify_message}") from None
    except (imaplib.IMAP4.abort, OSError, EOFError) as error:
        raise Retryable(f"{host} does not answer: {error or 'time-out'}") from None
    except (imaplib.IMAP4.error, poplib.error_proto, ValueError, IndexError) as error:
        text = error.args[0] if error.args else error
        shown = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
        raise Refused(f"{host}: {shown[:200]}") from None


def _bytes(data: list[Any]) -> Iterator[bytes]:
    for part in data:
        yield from (piece for piece in (part if isinstance(part, tuple) else (part,)) if isinstance(piece, bytes))


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
