"""The log as a person reads it."""

from __future__ import annotations

import logging

from flowengine.telemetry.log import _Text


def test_a_strangers_text_neither_steers_the_terminal_nor_looks_like_a_line_of_its_own() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "%s", ("a\x1b[2Jb\r\n12:00:00 ERROR forged",), None)
    first, second = _Text().format(record).split("\n")
    assert first.endswith("a\\x1b[2Jb\\x0d")
    assert second == "    12:00:00 ERROR forged"
