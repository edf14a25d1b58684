"""Messages and what nodes remember as bytes, and back: MessagePack, with integers of any length."""

from __future__ import annotations

from typing import Any

import msgspec

from flowengine.message import Message

_BIG_INTEGER = 1
"""The extension type of an integer that has more than 64 bits."""


def pack_message(msg: Message) -> bytes:
    """Return a message as bytes; what no file can hold (an object of some library) is kept as its `repr`."""
    try:
        return msgspec.msgpack.encode(msg, enc_hook=repr)
    except OverflowError:
        return msgspec.msgpack.encode(_without_big_integers(msgspec.structs.asdict(msg)), enc_hook=repr)


def unpack_message(data: bytes) -> Message:
    """Return the message that `pack_message` made these bytes of.

    Raises:
        ValueError: they are no message.
    """
    return msgspec.msgpack.decode(data, type=Message, ext_hook=extension)


def pack_plain(value: Any) -> bytes:
    """Return any value as bytes that are the same whenever it is; what no file can hold is taken by its `repr`."""
    try:
        return msgspec.msgpack.encode(value, enc_hook=repr, order="deterministic")
    except OverflowError:
        return msgspec.msgpack.encode(_without_big_integers(value), enc_hook=repr, order="deterministic")


def pack_value(value: Any) -> bytes:
    """Return a value that a node remembers as bytes.

    Raises:
        ValueError: there is something in it that cannot be kept; says what.
    """
    try:
        try:
            return msgspec.msgpack.encode(value)
        except OverflowError:
            return msgspec.msgpack.encode(_without_big_integers(value))
    except (TypeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def unpack_value(data: bytes, type: Any = Any) -> Any:
    """Return the value that `pack_value` made these bytes of, as the given type.

    Raises:
        ValueError: it does not fit.
    """
    return msgspec.msgpack.decode(data, type=type, ext_hook=extension)


def _without_big_integers(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**64:
        return msgspec.msgpack.Ext(_BIG_INTEGER, b"%x" % value if value >= 0 else b"-%x" % -value)
    if isinstance(value, dict):
        return {key: _without_big_integers(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_big_integers(item) for item in value]
    if isinstance(value, Message):
        return _without_big_integers(msgspec.structs.asdict(value))
    return value


def extension(code: int, data: memoryview) -> Any:
    """Return the value of a MessagePack extension: an integer of more than 64 bits.

    Raises:
        ValueError: the extension is not known.
    """
    if code != _BIG_INTEGER:
        raise ValueError(f"extension type {code} is not known")
    return int(bytes(data), 16)
