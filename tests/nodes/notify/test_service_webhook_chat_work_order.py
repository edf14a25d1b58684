"""What is told to web services, to a real one on loopback."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from flowengine import Actuator, BadData, Message, NodeError, Refused, Retryable
from flowengine_nodes.notify.chat import Chat
from flowengine_nodes.notify.service import Service
from flowengine_nodes.notify.webhook import Webhook
from flowengine_nodes.notify.work_order import WorkOrder
from tests.nodes.threads import Threads, started
from tests.plants.mosquitto import free_port
from tests.plants.web_service import WebService

HOT = Message({"why": "bearing <hot> & *loud*", "value": 92}, "line-1/press", 1_767_225_600.0, id="m1")


def tell(node: Actuator, *messages: Message) -> tuple[list[NodeError | None], list[Threads]]:
    """Write messages one after the other; gives what became of each, and the hosts of connection and node."""

    async def main() -> tuple[list[NodeError | None], list[Threads]]:
        found: list[NodeError | None] = []
        async with started(node.connection, node) as hosts:  # type: ignore[attr-defined]
            for msg in messages:
                try:
                    await node.write(msg)
                    found.append(None)
                except NodeError as error:
                    found.append(error)
            return found, hosts

    return asyncio.run(main())


def test_a_webhook_gets_the_message_as_json_with_a_key_that_stays_the_same() -> None:
    with WebService() as web:
        node = Webhook(connection=Service(url=f"{web.url}/in/?v=2", token="grey-otter"), path="/{{topic}}")
        assert tell(node, HOT, HOT)[0] == [None, None]
    first, second = web.sent
    assert (first.method, first.path) == ("POST", "/in/line-1%2Fpress?v=2")
    assert json.loads(first.body) == {
        "payload": HOT.payload,
        "topic": "line-1/press",
        "time": HOT.time,
        "quality": "good",
        "id": "m1",
    }
    assert first.headers["authorization"] == "Bearer grey-otter"
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"] == "m1"


@pytest.mark.parametrize(
    ("payload", "body", "kind"),
    [
        ("täxt", "täxt".encode(), "text/plain; charset=utf-8"),
        (b"\x00\xff", b"\x00\xff", "application/octet-stream"),
        ({"a": [1]}, b'{"a":[1]}', "application/json"),
        (None, b"null", "application/json"),
    ],
)
def test_a_payload_alone_is_sent_as_what_it_is(payload: Any, body: bytes, kind: str) -> None:
    with WebService() as web:
        service = Service(url=web.url, username="line-1", password="grey-otter", headers={"X-Site": "north"})
        assert tell(Webhook(connection=service, method="PUT", body="payload"), Message(payload))[0] == [None]
    sent = web.sent[0]
    assert (sent.method, sent.path, sent.body, sent.headers["content-type"]) == ("PUT", "/", body, kind)
    assert sent.headers["authorization"] == f"Basic {base64.b64encode(b'line-1:grey-otter').decode()}"
    assert sent.headers["x-site"] == "north"


def test_slack_gets_blocks_of_plain_text_in_which_a_message_formats_nothing() -> None:
    with WebService() as web:
        node = Chat(
            connection=Service(url=f"{web.url}/services/T/B/x"),
            chat="slack",
            title="{{topic}}",
            text="{{payload.why}} _@channel_",
            facts={f"Value {number}": "{{payload.value}} °C" for number in range(11)},
        )
        assert tell(node, HOT, HOT.replace(topic="t" * 151))[0] == [None, None]
    assert web.sent[0].path == "/services/T/B/x"
    made = json.loads(web.sent[0].body)
    title, text, facts, more = made["blocks"]
    assert title == {"type": "header", "text": {"type": "plain_text", "text": "line-1/press", "emoji": False}}
    assert text["text"] == {"type": "plain_text", "text": "bearing <hot> & *loud* _@channel_", "emoji": False}
    assert facts["fields"][0] == {"type": "plain_text", "text": "Value 0\n92 °C", "emoji": False}
    assert (len(facts["fields"]), len(more["fields"])) == (10, 1)
    assert made["text"] == "line-1/press\nbearing &lt;hot&gt; &amp; *loud* _@channel_"
    assert made["link_names"] is False
    assert json.loads(web.sent[1].body)["blocks"][0]["text"]["text"] == "t" * 149 + "…"


def test_teams_gets_an_adaptive_card() -> None:
    with WebService() as web:
        node = Chat(connection=Service(url=web.url), text="{{payload.why}}", facts={"Value": "{{payload.value}}"})
        assert tell(node, HOT, HOT.with_payload({"why": "two\n- lines\n3. 2.5 mm", "value": 92}))[0] == [None, None]
    made = json.loads(web.sent[0].body)
    card = made["attachments"][0]["content"]
    assert made["attachments"][0]["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert [part["text"] for part in card["body"][:2]] == ["line-1/press", "bearing <hot> & \\*loud\\*"]
    assert card["body"][2]["facts"] == [{"title": "Value", "value": "92"}]
    lines = json.loads(web.sent[1].body)["attachments"][0]["content"]["body"][1]["text"]
    assert lines == "two\n\n\\- lines\n\n3\\. 2.5 mm"


def test_a_chat_without_words_is_an_error() -> None:
    with WebService() as web:
        found, _ = tell(Chat(connection=Service(url=web.url), title="", text="{{payload.none}}"), HOT)
    assert [str(error) for error in found] == ["title and text are both empty for this message"]


def order(web: WebService, **options: Any) -> WorkOrder:
    return WorkOrder(connection=Service(url=f"{web.url}/api"), **options)


def test_a_work_order_is_the_template_filled_in() -> None:
    with WebService() as web:
        node = order(web, body='{"what": "{{payload.why}}", "at": {{payload.value}}, "ref": "{{id}}"}')
        assert tell(node, HOT)[0] == [None]
    sent = web.sent[0]
    assert sent.path == "/api/work-orders"
    assert json.loads(sent.body) == {"what": "bearing <hot> & *loud*", "at": 92, "ref": "m1"}
    assert sent.headers["idempotency-key"] == "m1"


def test_one_cause_gives_one_order_until_again_after_has_passed_and_the_rest_is_counted() -> None:
    hour = 3600.0
    later = [HOT.replace(time=HOT.time + span * hour, id=f"m{number}") for number, span in enumerate([0, 1, 167, 168])]
    with WebService() as web:
        node = order(web, key="{{topic}}", again_after=168.0)
        other = HOT.replace(topic="line-2/press", id="x")
        found, hosts = tell(node, *later, other)
    assert found == [None] * 5
    assert [sent.headers["idempotency-key"] for sent in web.sent] == [
        "line-1/press/m0",
        "line-1/press/m3",
        "line-2/press/x",
    ]
    assert hosts[1].drops == {"ordered-already": 2}


def test_an_order_that_did_not_get_through_is_not_remembered_as_given() -> None:
    with WebService() as web:
        web.answer = lambda sent: (503 if len(web.sent) == 1 else 201, b"")
        node = order(web, key="{{topic}}", again_after=1.0)
        found, _ = tell(node, HOT, HOT)
    assert isinstance(found[0], Retryable)
    assert found[1] is None
    assert len({sent.headers["idempotency-key"] for sent in web.sent}) == 1


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        (500, Retryable, "answers 500 Internal Server Error: no room"),
        (429, Retryable, "answers 429"),
        (404, Refused, "answers 404 Not Found: no room"),
        (302, Refused, "redirects are not followed"),
    ],
)
def test_what_a_service_answers_says_whether_trying_again_may_help(
    status: int, kind: type[NodeError], said: str
) -> None:
    with WebService(lambda sent: (status, b"no\x00\n room")) as web:
        found, hosts = tell(Webhook(connection=Service(url=web.url)), HOT)
    assert isinstance(found[0], kind)
    assert said in str(found[0])
    assert hosts[0].statuses[-1].level == "error"
    assert len(web.sent) == 1


@pytest.mark.parametrize(
    ("said", "after"),
    [("120", 120.0), ("99999", 3600.0), ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0), ("soon", 0.0), ("", 0.0)],
)
def test_a_service_that_asks_to_be_left_alone_is_not_asked_before(said: str, after: float) -> None:
    with WebService(lambda sent: (429, b"")) as web:
        web.headers = {"Retry-After": said} if said else {}
        ((error,), _) = tell(Webhook(connection=Service(url=web.url)), HOT)
    assert isinstance(error, Retryable)
    assert error.after == after


def test_an_answer_that_trickles_in_without_an_end_is_given_up() -> None:
    with trickling() as port:
        ((error,), _) = tell(Webhook(connection=Service(url=f"http://127.0.0.1:{port}", timeout=0.2)), HOT)
    assert isinstance(error, Retryable)
    assert "does not answer: time-out" in str(error)


@contextmanager
def trickling() -> Iterator[int]:
    """A server that gives a byte at a time until nobody listens any more."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        link, _ = server.accept()
        with link, suppress(OSError):
            link.recv(65536)
            link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n")
            while True:
                link.sendall(b".")
                time.sleep(0.01)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        thread.join()
        server.close()


def test_a_service_that_is_away_is_tried_again_later() -> None:
    found, _ = tell(Webhook(connection=Service(url=f"http://127.0.0.1:{free_port()}", timeout=1.0)), HOT)
    assert isinstance(found[0], Retryable)
    assert "does not answer" in str(found[0])


def test_what_goes_wrong_never_shows_the_path_which_may_be_a_secret() -> None:
    with WebService(lambda sent: (403, b"")) as web:
        found, hosts = tell(Webhook(connection=Service(url=f"{web.url}/services/s3cret")), HOT)
    assert "s3cret" not in str(found[0])
    assert not any("s3cret" in status.text for status in hosts[0].statuses)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"url": "ftp://example.com"}, "must begin with https"),
        ({"url": "http://u:p@example.com"}, "must not hold a user name"),
        ({"url": "http://example.com:99999"}, "url: Port"),
        ({"url": "http://example.com/ä"}, "ASCII"),
        ({"url": "http://example.com", "token": "t", "username": "u"}, "two ways to sign in"),
        ({"url": "http://example.com", "headers": {"X": "a\r\nY: b"}}, "line break"),
    ],
)
def test_a_service_that_cannot_be_meant_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Service(**options)


def test_keys_that_differ_stay_different_in_the_header_however_long_or_odd() -> None:
    keys = ["a b", "a%20b", "ü\r\nX: y", "x" * 300 + "1", "x" * 300 + "2", "\ud800"]
    with WebService() as web:
        node = order(web, key="{{payload}}", body="{}", path="")
        assert tell(node, *(Message(key, id="m") for key in keys))[0] == [None] * len(keys)
    sent = [one.headers["idempotency-key"] for one in web.sent]
    assert len(set(sent)) == len(keys)
    assert all(one.isascii() and one.isprintable() and len(one) <= 200 for one in sent)


def test_a_key_or_payload_that_cannot_be_sent_is_bad_data() -> None:
    half = Message({"why": "\ud800", "value": 1}, "\ud800", id="m")
    with WebService() as web:
        service = Service(url=web.url)
        found = (
            tell(order(web, key="{{payload.none}}"), HOT)[0]
            + tell(Webhook(connection=service), Message(object()))[0]
            + tell(Webhook(connection=service, body="payload"), Message("\ud800"))[0]
            + tell(order(web, path="/{{topic}}"), half)[0]
            + tell(Chat(connection=service, text="{{payload.why}}"), half)[0]
            + tell(Chat(connection=service, text="{{when}}"), HOT.replace(time=1e300))[0]
        )
    assert [type(error) for error in found] == [BadData] * 6
    assert web.sent == []
