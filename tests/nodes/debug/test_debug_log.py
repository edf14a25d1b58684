import logging

import pytest

from flowengine import Message
from flowengine.testing import write_all
from flowengine_nodes.debug.log import Log, shortened


def test_log_writes_the_property_at_its_level(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        write_all(Log(level="warning", property="payload.t"), [{"t": 21.5}, {}])
    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [
        ("WARNING", "21.5"),
        ("WARNING", "payload.t is not set"),
    ]


def test_log_writes_the_whole_message(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        write_all(Log(complete=True), [Message([1], topic="a/b")])
    assert '"payload":[1]' in caplog.text
    assert '"topic":"a/b"' in caplog.text


def test_log_shows_what_it_is_asked_for_in_the_debug_stream_whatever_the_level() -> None:
    assert write_all(Log(level="off"), [1, 2, 3]).shown == [1, 2, 3]
    assert write_all(Log(level="off", property="payload.t"), [{"t": 21.5}, {}]).shown == [21.5, "not set"]
    (shown,) = write_all(Log(level="off", complete=True), [Message([1], topic="a/b")]).shown
    assert (shown["payload"], shown["topic"]) == ([1], "a/b")


def test_log_shows_the_value_as_status() -> None:
    assert write_all(Log(show_status=True, level="off"), [21]).statuses[-1].text == "21"


def test_long_values_are_cut_and_their_length_is_named() -> None:
    assert shortened("x" * 2000, 1000) == "x" * 1000 + "… (2000 characters)"
    assert shortened(b"\x01\x02", 1000) == "01 02"
    assert shortened("a\nb", 1000) == "a\\nb"
    assert shortened([1] * 1000, 20).endswith("… (2001 characters)")
