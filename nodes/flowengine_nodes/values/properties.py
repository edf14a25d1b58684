"""A property of messages, its path parsed once: functions that read, write and delete it.

Message.get and Message.set do the same for a path given anew each time; these spare the look-up of the path.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from flowengine import BadData, Message, path

MISSING = path.MISSING
"""What a reader returns where nothing stands."""

FIELDS = ("payload", "topic", "time", "quality", "id")
"""The properties that every message has."""

Reader = Callable[[Message], Any]
Writer = Callable[[Message, Any], Message]
Remover = Callable[[Message], Message]


def reader(where: str) -> Reader:
    """Return a function that gives the value at a property path, or MISSING.

    Raises:
        ValueError: the path is none.
    """
    keys = path.parse(where)
    name, rest = str(keys[0]), keys[1:]
    if name in FIELDS:
        root: Reader = attrgetter(name)
        return (lambda msg: path.get(root(msg), rest)) if rest else root
    if rest:
        return lambda msg: path.get(msg.properties.get(name, MISSING), rest)
    return lambda msg: msg.properties.get(name, MISSING)


def writer(where: str) -> Writer:
    """Return a function that gives a message with a value at a property path; writing MISSING deletes.

    The function raises BadData where the value does not fit.

    Raises:
        ValueError: the path is none.
    """
    remove = remover(where)
    if where == "payload":
        return lambda msg, value: msg.with_payload(None if value is MISSING else value)

    name = where if "." not in where and "[" not in where and where not in FIELDS else None

    def write(msg: Message, value: Any) -> Message:
        if value is MISSING:
            return remove(msg)
        if name is not None:
            return msg.replace(properties={**msg.properties, name: value})
        if where == "topic" and value.__class__ is str:
            return msg.replace(topic=value)
        try:
            return msg.set(where, value)
        except ValueError as error:
            raise BadData(f"cannot set {where}: {error}") from None

    return write


def remover(where: str) -> Remover:
    """Return a function that gives a message without the value at a property path.

    Raises:
        ValueError: the path is none.
    """
    path.parse(where)
    return lambda msg: msg.delete(where)


def topic_text(value: Any) -> str:
    """Return a value as a topic, by the rule of Message.set: text as it is, a number as text.

    Raises:
        BadData: it is neither.
    """
    if value.__class__ is str:
        return value
    return _TOPIC(Message(), value).topic


_TOPIC = writer("topic")
