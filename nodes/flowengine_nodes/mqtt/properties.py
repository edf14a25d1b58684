"""The properties of MQTT 5 packets: name and value on our side, identifier and bytes on the wire.

MQTT 5.0 section 2.2.2.2, table 2-4.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from flowengine_nodes.mqtt.reasons import PROTOCOL_ERROR
from flowengine_nodes.mqtt.wire import Malformed, Reader, binary, text, varint

Kind = Literal["byte", "two", "four", "varint", "binary", "text", "pair"]

TABLE: Final[dict[int, tuple[str, Kind]]] = {
    0x01: ("payload_format_indicator", "byte"),
    0x02: ("message_expiry", "four"),
    0x03: ("content_type", "text"),
    0x08: ("response_topic", "text"),
    0x09: ("correlation_data", "binary"),
    0x0B: ("subscription_identifier", "varint"),
    0x11: ("session_expiry", "four"),
    0x12: ("assigned_client_id", "text"),
    0x13: ("server_keep_alive", "two"),
    0x15: ("authentication_method", "text"),
    0x16: ("authentication_data", "binary"),
    0x17: ("request_problem_information", "byte"),
    0x18: ("will_delay", "four"),
    0x19: ("request_response_information", "byte"),
    0x1A: ("response_information", "text"),
    0x1C: ("server_reference", "text"),
    0x1F: ("reason_string", "text"),
    0x21: ("receive_maximum", "two"),
    0x22: ("topic_alias_maximum", "two"),
    0x23: ("topic_alias", "two"),
    0x24: ("maximum_qos", "byte"),
    0x25: ("retain_available", "byte"),
    0x26: ("user_properties", "pair"),
    0x27: ("maximum_packet_size", "four"),
    0x28: ("wildcard_subscription_available", "byte"),
    0x29: ("subscription_identifier_available", "byte"),
    0x2A: ("shared_subscription_available", "byte"),
}

_IDENTIFIERS: Final = {name: (identifier, kind) for identifier, (name, kind) in TABLE.items()}
_SIZES: Final = {"byte": 1, "two": 2, "four": 4}


def encode(values: Mapping[str, Any]) -> bytes:
    """Encode properties with their length in front; None is left out.

    `user_properties` is a dict, a list as value stands for a name that occurs more than once.

    Raises:
        ValueError: a value does not fit on the wire.
    """
    out = bytearray()
    for name, value in values.items():
        if value is None:
            continue
        identifier, kind = _IDENTIFIERS[name]
        for single in _pairs(value) if kind == "pair" else value if isinstance(value, list) else (value,):
            out.append(identifier)
            out += _encode_one(name, kind, single)
    return varint(len(out)) + bytes(out)


def _pairs(value: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = []
    for key, single in value.items():
        found += [(key, one) for one in (single if isinstance(single, list) else [single])]
    return found


def _encode_one(name: str, kind: Kind, value: Any) -> bytes:
    if kind == "pair":
        return text(str(value[0])) + text(str(value[1]))
    if kind == "text":
        return text(value)
    if kind == "binary":
        return binary(value)
    if kind == "varint":
        return varint(value)
    try:
        return int(value).to_bytes(_SIZES[kind], "big")
    except OverflowError as error:
        raise ValueError(f"{name} {value} does not fit into {_SIZES[kind]} bytes") from error


def decode(reader: Reader) -> dict[str, Any]:
    """Read properties with their length in front. `subscription_identifier` and repeated names come as lists.

    Raises:
        Malformed: unknown or wrongly repeated property, or the packet ends too early.
    """
    found: dict[str, Any] = {}
    size = reader.varint()
    end = reader.at + size
    if end > reader.end:
        raise Malformed("the properties are longer than their packet")
    inner = Reader(reader.data, reader.at, end)
    reader.at = end
    while inner.at < end:
        identifier = inner.varint()
        if identifier not in TABLE:
            raise Malformed(f"unknown property 0x{identifier:02x}")
        name, kind = TABLE[identifier]
        if kind == "pair":
            _add_pair(found.setdefault(name, {}), inner.text(), inner.text())
        elif name == "subscription_identifier":
            found.setdefault(name, []).append(inner.varint())
        elif name in found:
            raise Malformed(f"property {name} occurs twice", PROTOCOL_ERROR)
        else:
            found[name] = _decode_one(inner, kind)
    return found


def _decode_one(reader: Reader, kind: Kind) -> Any:
    if kind == "text":
        return reader.text()
    if kind == "binary":
        return reader.binary()
    return reader.number(_SIZES[kind])


def _add_pair(pairs: dict[str, Any], name: str, value: str) -> None:
    if name not in pairs:
        pairs[name] = value
    elif isinstance(pairs[name], list):
        pairs[name] = [*pairs[name], value]
    else:
        pairs[name] = [pairs[name], value]
