"""The log as a person and as a program reads it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from flowengine import settings
from flowengine.clock import VirtualClock
from flowengine.runtime.engine import Engine
from flowengine.telemetry.log import _Json, _Text
from flowengine.telemetry.log_limit import MOST_LINES, Limited
from tests.engine.runtime import small_nodes as nodes
from tests.engine.runtime.small_nodes import in_virtual_time, plan
from tests.web.patience import until


class Lines:
    """A log as JSON, limited as `--log json` has it."""

    def __init__(self) -> None:
        self._text = io.StringIO()
        stream = logging.StreamHandler(self._text)
        stream.setFormatter(_Json())
        self.handler = Limited(stream)
        self.log = logging.getLogger("flowengine.test-of-log")
        self.log.propagate = False
        self.log.handlers[:] = [self.handler]
        self.log.setLevel("INFO")

    def read(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._text.getvalue().splitlines()]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    monkeypatch.setattr("flowengine.telemetry.log_limit.PERIOD", 600.0)  # however slow the machine is
    lines = Lines()
    yield lines
    lines.handler.close()


def at(node: str = "heater", **more: Any) -> dict[str, Any]:
    return {"flow": "oven", "node": node, **more}


def test_a_strangers_text_neither_steers_the_terminal_nor_looks_like_a_line_of_its_own() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "%s", ("a\x1b[2Jb\r\n12:00:00 ERROR forged",), None)
    first, second = _Text().format(record).split("\n")
    assert first.endswith("a\\x1b[2Jb\\x0d")
    assert second == "    12:00:00 ERROR forged"


def test_a_line_is_one_json_object_with_what_belongs_to_it() -> None:
    record = logging.LogRecord("flowengine.flow", logging.WARNING, "", 0, "no\nanswer from %s", ("unit 1",), None)
    record.__dict__ |= at(message_id="a1-7", error="Retryable")
    record.created = 1_767_225_600.25
    assert json.loads(_Json().format(record)) == {
        "time": "2026-01-01T00:00:00.250Z",
        "level": "warning",
        "logger": "flowengine.flow",
        "flow": "oven",
        "node": "heater",
        "message": "a1-7",
        "error": "Retryable",
        "text": "no\nanswer from unit 1",
    }
    assert "\n" not in _Json().format(record)


def test_what_no_json_can_carry_is_replaced_and_the_line_is_written() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "half a pair: \ud800", (), None)
    assert json.loads(_Json().format(record))["text"] == "half a pair: ?"


def test_a_cause_brings_its_type() -> None:
    try:
        raise OSError("away")
    except OSError as error:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "x", (), (type(error), error, error.__traceback__))
    line = json.loads(_Json().format(record))
    assert line["error"] == "OSError"
    assert line["cause"].endswith("OSError: away")


def test_secrets_are_blacked_out_in_every_part_of_a_line(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWENGINE_SECRET_BROKER", 'hush-"quoted"-hush')
    assert settings.secret("broker")
    lines.log.info('the password is hush-"quoted"-hush', extra=at('hush-"quoted"-hush'))
    (line,) = lines.read()
    assert "hush" not in json.dumps(line)
    assert line["text"] == "the password is •••"


def test_a_node_that_fails_ten_thousand_times_a_second_has_one_line_and_a_count(lines: Lines) -> None:
    for number in range(10_000):
        lines.log.warning("no answer to %d", number, extra=at())
    lines.handler.flush()
    first, last = lines.read()
    assert first["text"] == "no answer to 0"
    assert last["text"] == "no answer to 9999 (the last of 9,999 such lines)"
    assert last["more"] == 9999


def test_a_node_that_says_ever_different_things_is_limited_too_and_others_are_not(lines: Lines) -> None:
    for number in range(100):
        lines.log.info(f"something else: {number}", extra=at())
        lines.log.warning("the engine itself")
    lines.log.warning("another node", extra=at("pump"))
    lines.handler.flush()
    texts = [line["text"] for line in lines.read()]
    assert sum(text.startswith("something else") for text in texts) == MOST_LINES + 1
    assert texts.count("the engine itself") == 100
    assert texts.count("another node") == 1


def test_the_next_period_begins_with_a_count_and_a_line_of_its_own(lines: Lines) -> None:
    def said(created: float) -> None:
        record = logging.LogRecord("x", logging.WARNING, "", 0, "no answer", (), None)
        record.__dict__ |= at()
        record.created = created
        lines.handler.handle(record)

    for moment in (1000.0, 1100.0, 1200.0, 1700.0):
        said(moment)
    assert [line["text"] for line in lines.read()] == [
        "no answer", "no answer (the last of 2 such lines)", "no answer",
    ]  # fmt: skip


def test_a_failed_message_is_logged_with_flow_node_id_and_type(caplog: pytest.LogCaptureFixture) -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        await engine.deploy(plan({"in": (nodes.Feed, {"values": [1]}), "bad": nodes.Breaks}, ["in bad"]))
        await clock.sleep(1)

    in_virtual_time(main)
    (record,) = [record for record in caplog.records if record.levelname == "WARNING"]
    line = json.loads(_Json().format(record))
    assert (line["flow"], line["node"], line["error"]) == ("test", "bad", "RuntimeError")
    assert "-" in line["message"]
    assert _Text().format(record).split(" ", 2)[2].startswith("test/bad: RuntimeError: ")


def test_lines_of_another_process_are_limited_by_what_they_were_made_of_there(lines: Lines) -> None:
    for number in range(5):
        for pattern in ("no answer to", "too late:"):
            lines.log.warning("%s", f"{pattern} {number}", extra=at(pattern=f"{pattern} %d"))
    assert [line["text"] for line in lines.read()] == ["no answer to 0", "too late: 0"]


def test_the_count_is_written_although_nothing_more_is_said(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowengine.telemetry.log_limit.PERIOD", 0.2)
    for _ in range(3):
        lines.log.warning("no answer", extra=at())
    until(lambda: any(line["text"].startswith("no answer (the last of") for line in lines.read()))
