"""Node-RED's msg in a Message and back.

`_msgid` is the id, `payload` and a text `topic` are the fields of these names, everything else is a further property.
What stands in the properties under the name of a field is what Node-RED sees: a topic that is a number, or MISSING for
a payload that is not there. Time and quality of a message are kept on the way; `msg.quality` sets both.
"""

from __future__ import annotations

from typing import Any

from flowengine import Message, path

MISSING: Any = path.MISSING
"""JavaScript's undefined."""

Msg = dict[str, Any]

_QUALITIES = ("good", "uncertain", "bad")
_START = Message()


def as_msg(message: Message) -> Msg:
    """Return the msg that Node-RED would see; a new dict, its values shared."""
    msg = {"_msgid": message.id, "payload": message.payload, "topic": message.topic}
    if message.properties:
        msg.update(message.properties)
        if message.payload is not None:  # a node that is not Node-RED's has set it since
            msg["payload"] = message.payload
        if message.topic:
            msg["topic"] = message.topic
        if MISSING in msg.values():
            msg = {key: value for key, value in msg.items() if value is not MISSING}
    return msg


def to_message(msg: Msg, base: Message = _START) -> Message:
    """Return the Message that carries a msg; time and quality are those of `base`."""
    properties = dict(msg)
    id = properties.pop("_msgid", "")
    if id.__class__ is not str:
        properties["_msgid"], id = id, ""
    payload = properties.pop("payload", MISSING)
    if payload is MISSING:
        properties["payload"], payload = MISSING, None
    topic = properties.pop("topic", MISSING)
    if topic.__class__ is not str:
        properties["topic"], topic = topic, ""
    quality = properties.get("quality", base.quality)
    if quality.__class__ is not str or quality not in _QUALITIES:
        quality = base.quality
    return Message(payload, topic, base.time, quality, id or base.id, properties)
