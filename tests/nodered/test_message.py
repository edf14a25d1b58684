"""A Message as Node-RED's msg, and back."""

from __future__ import annotations

from flowengine_nodes.nodered.message import as_msg, to_message


def test_what_another_node_sets_in_a_msg_that_had_no_payload_or_no_text_as_topic_is_seen() -> None:
    message = to_message({"topic": 7, "unit": "bar"})
    assert as_msg(message) == {"_msgid": "", "topic": 7, "unit": "bar"}
    assert as_msg(message.with_payload([1])) == {"_msgid": "", "payload": [1], "topic": 7, "unit": "bar"}
    assert as_msg(message.replace(topic="oven")) == {"_msgid": "", "topic": "oven", "unit": "bar"}
