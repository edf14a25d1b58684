"""Connections go to the address that was judged, whatever its name means in the next moment."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from typing import Any

import pytest

from flowengine import Connection, NodeError
from flowengine.outgoing import allow_list
from flowengine_nodes.modbus.device import Device
from flowengine_nodes.mqtt.broker import Broker
from flowengine_nodes.notify.mail_server import MailServer
from flowengine_nodes.notify.mailbox import Mailbox
from flowengine_nodes.notify.service import Service
from flowengine_nodes.sql.database import Database
from tests.nodes.threads import started
from tests.web.patience import PATIENCE

NAME = "rebind.example"
JUDGED, OTHER = "127.0.0.1", "127.0.0.2"


async def nothing(connection: Any) -> None:
    """Connects by itself."""


def database(system: str) -> Callable[[int], Connection]:
    return lambda port: Database(system=system, host=NAME, port=port, database="d", tls="off")  # type: ignore[arg-type]


WAYS: dict[str, tuple[Callable[[int], Connection], Callable[[Any], Awaitable[Any]]]] = {
    "a web service": (
        lambda port: Service(url=f"http://{NAME}:{port}"),
        lambda service: service.send("GET", "", b"", "text/plain", {}),
    ),
    "SMTP": (
        lambda port: MailServer(host=NAME, port=port, security="none", sender="a@example.com"),
        lambda server: server.send(EmailMessage()),
    ),
    "IMAP": (
        lambda port: Mailbox(host=NAME, port=port, security="none", username="a", password="b"),
        lambda box: box.visit("INBOX", "UNSEEN", frozenset(), 1, [], "keep"),
    ),
    "POP3": (
        lambda port: Mailbox(host=NAME, port=port, protocol="pop3", security="none", username="a", password="b"),
        lambda box: box.visit("INBOX", "UNSEEN", frozenset(), 1, [], "keep"),
    ),
    "PostgreSQL": (database("postgresql"), nothing),
    "MySQL": (database("mysql"), nothing),
    "MQTT": (lambda port: Broker(host=NAME, port=port), nothing),
    "Modbus TCP": (lambda port: Device(host=NAME, port=port), nothing),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_name_is_looked_up_once_and_the_address_that_was_judged_is_used(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, asked = socket.getaddrinfo, []

    def rebinding(host: Any, *rest: Any, **more: Any) -> Any:
        if host not in (NAME, NAME.encode()):
            return real(host, *rest, **more)
        asked.append(host)
        return real(JUDGED if len(asked) == 1 else OTHER, *rest, **more)

    async def main() -> str:
        visited: asyncio.Queue[str] = asyncio.Queue()

        async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            visited.put_nowait(writer.get_extra_info("sockname")[0])
            writer.close()

        async with await asyncio.start_server(visit, JUDGED, 0) as judged:
            port = judged.sockets[0].getsockname()[1]
            async with await asyncio.start_server(visit, OTHER, port):
                build, use = WAYS[way]
                connection = build(port)
                async with started(connection, outgoing=[allow_list(["127.0.0.0/8"], "the list")]):
                    with contextlib.suppress(NodeError):  # nobody answers there
                        await use(connection)
                    return await asyncio.wait_for(visited.get(), PATIENCE)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    assert asyncio.run(main()) == JUDGED
