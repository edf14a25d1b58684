from __future__ import annotations

from flowengine import Message
from flowengine_nodes.dashboard.text import LONGEST, TextDisplay


def test_it_shows_its_own_text_until_a_message_has_come() -> None:
    node = TextDisplay(text="Close the door.")
    assert node.shown()["value"] == "Close the door."
    node.take(Message("All is well.", time=3.0))
    assert node.shown() == {"value": "All is well.", "unit": "", "quality": "good", "time": 3.0}


def test_a_long_text_is_cut() -> None:
    node = TextDisplay()
    node.take(Message("x" * 10_000))
    assert len(node.shown()["value"]) == LONGEST
