"""influx/write and a real HTTP server that reads the line protocol."""

from __future__ import annotations

import asyncio
from typing import Any

from flowengine import BadData, Message, Refused, Retryable
from flowengine_nodes.influx.write import WriteInflux
from flowengine_nodes.notify.service import Service
from tests.nodes.threads import started
from tests.plants.line_protocol import parse
from tests.plants.web_service import Sent, WebService


def write(web: WebService, *messages: Message, **options: Any) -> list[Any]:
    service = Service(url=web.url, token="grey-otter", scheme="Token")
    node = WriteInflux(connection=service, **{"org": "plant", "bucket": "line 1", "interval": 0.01, **options})

    async def main() -> list[Any]:
        async with started(service, node):
            return await asyncio.gather(*(node.write(msg) for msg in messages), return_exceptions=True)

    return asyncio.run(main())


def judge(sent: Sent) -> tuple[int, bytes]:
    try:
        points = parse(sent.body.decode())
    except (ValueError, IndexError):
        return 400, b"no line protocol"
    return (422, b"field type conflict") if any("bad" in point.fields for point in points) else (204, b"")


def test_values_are_points_and_many_are_one_request() -> None:
    messages = [Message(n, "oven/temperature", 1000.0 + n) for n in range(3000)]
    with WebService(judge) as web:
        assert write(web, *messages, tags={"site": "north", "quality": "{{quality}}"}) == [None] * 3000
    assert len(web.sent) == 1
    sent = web.sent[0]
    assert sent.path == "/api/v2/write?org=plant&bucket=line+1&precision=us"
    assert sent.headers["authorization"] == "Token grey-otter"
    points = parse(sent.body.decode())
    assert points[2] == ("oven/temperature", {"site": "north", "quality": "good"}, {"value": 2.0}, 1_002_000_000)
    assert len(points) == 3000


def test_an_object_is_a_point_with_several_fields_and_version_1_has_databases() -> None:
    msg = Message({"speed": 12, "state": "runs", "on": True, "gone": None}, "press", 1.0)
    with WebService(judge) as web:
        assert write(web, msg, version="1", integers=True, measurement="machines") == [None]
    assert web.sent[0].path == "/write?db=line+1&precision=u"
    assert parse(web.sent[0].body.decode())[0] == (
        "machines",
        {},
        {"speed": 12, "state": "runs", "on": True},
        1_000_000,
    )


def test_a_point_that_is_refused_fails_alone() -> None:
    messages = [Message({"bad" if n == 5 else "good": n}, "t", float(n)) for n in range(20)]
    with WebService(judge) as web:
        found = write(web, *messages)
    assert isinstance(found.pop(5), Refused)
    assert found == [None] * 19


def test_what_is_wrong_with_the_token_is_said_at_once_and_a_server_that_is_busy_is_tried_later() -> None:
    with WebService(lambda sent: (401, b"unauthorized")) as web:
        found = write(web, *(Message(n, "t", float(n)) for n in range(10)))
    assert len(web.sent) == 1
    assert all(isinstance(error, Refused) for error in found)
    with WebService(lambda sent: (503, b"")) as web:
        assert isinstance(write(web, Message(1, "t", 1.0))[0], Retryable)


def test_a_message_that_is_no_point_is_bad_data() -> None:
    with WebService(judge) as web:
        assert [type(error) for error in write(web, Message([1], "t"), Message(1.5, ""))] == [BadData, BadData]
