"""notify/read-mail and notify/fetch-mail, with a real IMAP and POP3 server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import Message, Refused, Retryable
from flowengine_nodes.notify.fetch_mail import FetchMail
from flowengine_nodes.notify.mail_text import message_of
from flowengine_nodes.notify.mailbox import Mailbox
from flowengine_nodes.notify.read_mail import ReadMail
from tests.engine.runtime.small_nodes import until
from tests.nodes.threads import started
from tests.plants.dovecot import PASSWORD, USER, Dovecot, missing
from tests.plants.mosquitto import LOOPBACK


@pytest.fixture
def server() -> Iterator[Dovecot]:
    if why := missing():
        pytest.skip(why)
    with Dovecot() as made:
        yield made


def mail(subject: str, text: str = "two pallets, bitte") -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Anna <anna@example.com>", "orders@example.com", subject
    made["Date"] = "Thu, 01 Jan 2026 00:00:00 +0000"
    made.set_content(text)
    made.add_alternative(f"<p>{text}</p>", subtype="html")
    made.add_attachment(b"\x00\xff", "application", "octet-stream", filename="plan.bin")
    return bytes(made)


def box(server: Dovecot, **options: Any) -> Mailbox:
    secured = {"port": server.imaps, "ca": str(server.authority.certificate), "username": USER, "password": PASSWORD}
    return Mailbox(**{"host": LOOPBACK, **secured, **options})


async def fetched(source: ReadMail, count: int, marked: Callable[[], bool] = lambda: True) -> list[Message]:
    """Return the next mails; the source is told that they are finished with, and runs on until they are marked."""
    found: list[Message] = []

    async def follow() -> None:
        async for messages in source.run():
            found.extend(messages)
            source.taken(messages)
            source.done(messages)

    following = asyncio.ensure_future(follow())
    await until(lambda: following.done() or (len(found) >= count and marked()))
    following.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await following
    return found


def test_unread_mail_comes_once_with_its_text_and_parts_and_is_marked_when_it_is_finished_with(server: Dovecot) -> None:
    server.put("first", mail("Würzburg"))
    server.put("second", mail("two"))
    read = {"first": "S", "second": "S"}

    async def main() -> list[Message]:
        connection = box(server)
        source = ReadMail(connection=connection, interval=1)
        async with started(connection, source):
            return await fetched(source, 2, lambda: server.left() == read)

    first, second = asyncio.run(main())
    assert (first.topic, first.payload.strip(), second.topic) == ("Würzburg", "two pallets, bitte", "two")
    assert first.time == 1767225600
    assert first.properties["from"] == "Anna <anna@example.com>"
    assert first.properties["html"].strip() == "<p>two pallets, bitte</p>"
    assert first.properties["attachments"] == [
        {"filename": "plan.bin", "contentType": "application/octet-stream", "content": b"\x00\xff"}
    ]
    assert server.left() == read


def test_what_is_not_finished_with_stays_unread_and_a_deleted_one_goes(server: Dovecot) -> None:
    server.put("kept", mail("kept"))
    server.put("gone", mail("gone"))

    async def main() -> None:
        connection = box(server, protocol="pop3", port=server.pop3s)
        source = ReadMail(connection=connection, afterwards="delete", interval=1)
        async with started(connection, source):
            running = source.run()
            messages = await asyncio.wait_for(anext(running), 30)
            assert [msg.topic for msg in messages] == ["kept", "gone"]
            source.done(messages[1:])
            names = [*source._finished]
            await connection.visit("INBOX", "ALL", frozenset(), 0, names, "delete")

    asyncio.run(main())
    assert set(server.left()) == {"kept"}


def test_mails_that_are_kept_are_remembered(server: Dovecot) -> None:
    server.put("one", mail("one"))

    async def main() -> list[str]:
        connection = box(server, security="starttls", port=server.imap)
        source = ReadMail(connection=connection, afterwards="keep", which="ALL", interval=1)
        async with started(connection, source):
            assert [msg.topic for msg in await fetched(source, 1)] == ["one"]
            server.put("two", mail("two"))
            again = ReadMail(connection=connection, afterwards="keep", which="ALL", interval=1)
            again.known = source.known
            async with started(again):
                return [msg.topic for msg in await fetched(again, 1)]

    assert asyncio.run(main()) == ["two"]
    assert server.left()["one"] == ""


def test_mail_is_fetched_when_a_message_comes_and_marked_when_it_was_passed_on(server: Dovecot) -> None:
    server.put("one", mail("one"))
    server.put("two", mail("two"))

    async def main() -> list[list[Message]]:
        connection = box(server)
        kept, read = (FetchMail(connection=connection, afterwards=after) for after in ("keep", "read"))
        async with started(connection, kept, read):
            asked = Message("now", topic="go", id="a", properties={"line": "press 2"})
            found = [await kept.process(asked), await read.process(asked), await read.process(asked)]
            await until(lambda: server.left() == {"one": "S", "two": "S"})
        return found

    kept, read, again = asyncio.run(main())
    assert [msg.topic for msg in kept] == [msg.topic for msg in read] == ["one", "two"]
    assert again == []
    assert (read[0].id, read[0].payload.strip(), read[0].properties["line"]) == ("a", "two pallets, bitte", "press 2")


def test_mail_that_could_not_be_marked_is_marked_with_the_next_message(server: Dovecot) -> None:
    server.put("one", mail("one"))

    async def main() -> list[Message]:
        connection = box(server, protocol="pop3", port=server.pop3s)
        node = FetchMail(connection=connection, afterwards="delete")
        async with started(connection, node):
            await node.process(Message())
            connection.host, there = "127.0.0.2", connection.host  # nobody is there
            assert node._marking is not None
            node._marking.cancel()
            node._marking = None
            await node._mark()
            assert set(server.left()) == {"one"}
            connection.host = there
            return await node.process(Message())

    assert asyncio.run(main()) == []
    assert server.left() == {}


def test_a_wrong_password_or_folder_and_a_certificate_that_is_not_trusted_are_said(server: Dovecot) -> None:
    async def said(connection: Mailbox, folder: str = "INBOX") -> Exception:
        async with started(connection):
            with pytest.raises((Refused, Retryable)) as seen:
                await connection.visit(folder, "ALL", frozenset(), 1, [], "keep")
            return seen.value

    wrong = asyncio.run(said(box(server, password="nonsense")))
    assert isinstance(wrong, Refused)
    assert "nonsense" not in str(wrong)
    assert "trusted" in str(asyncio.run(said(box(server, ca=""))))
    assert "exist" in str(asyncio.run(said(box(server), 'No "such" folder')))


@given(st.binary() | st.text().map(lambda text: f"Subject: {text}\r\nContent-Type: {text}\r\n\r\n{text}".encode()))
def test_no_mail_is_a_fault_of_the_node(raw: bytes) -> None:
    assert isinstance(message_of(raw, 5.0).payload, str)
