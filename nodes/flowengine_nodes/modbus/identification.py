"""What a device says of itself: function 43/14, Read Device Identification.

Source: MODBUS Application Protocol Specification V1.1b3, section 6.21. Asked over a connection of its own: it is asked
for seldom, by hand, and a device that has no room for a second connection says so.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Mapping
from typing import Final

from flowengine_nodes.modbus.pdu import EXCEPTIONS

_OBJECTS: Final = {0: "vendor", 1: "code", 2: "version", 3: "url", 4: "product", 5: "model", 6: "name"}
"""Object id -> word."""

_LEVELS: Final = (1, 2, 3)
"""Basic, regular and extended: a device says with each answer how far it goes."""

_HEADER: Final = struct.Struct(">HHHB")
_UNKNOWN: Final = (1, 2, 3)
"""Exception codes of a device that does not know the function, or not this level of it."""


class _Exception(ValueError):
    """An answer that is an exception code."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(f"exception code {code}, {EXCEPTIONS.get(code, 'not in the standard')}")


async def read_identification(host: str, port: int, unit: int, patience: float) -> Mapping[str, str]:
    """Return vendor, code and version, where the device has them url, product, model and name, and its own objects.

    Those are called `object 128` to `object 255`, after their ids. Where the device names neither product nor model
    its code stands for the model. `patience` in seconds, for the connection and for each answer.

    Raises:
        OSError: the device is away.
        ValueError: it does not know this function, refuses it, or answers nonsense.
    """
    place = f"{host}:{port}, unit {unit}"
    try:
        async with asyncio.timeout(patience):
            reader, writer = await asyncio.open_connection(host, port)
    except OSError:
        raise OSError(f"{host}:{port} takes no connection") from None
    found: dict[int, bytes] = {}
    try:
        for level in _LEVELS:
            try:
                farthest = await _read_level(reader, writer, unit, level, patience, found)
            except _Exception as error:
                if level > 1:
                    break  # the level below is all that it has
                if error.code in _UNKNOWN:
                    raise ValueError(f"{place} does not know function 43/14: {error}") from None
                raise ValueError(f"{place} refuses function 43/14: {error}") from None
            if farthest <= level:
                break
    except TimeoutError:
        raise OSError(f"{place} does not answer within {patience:g} s") from None
    except (OSError, EOFError):
        raise OSError(f"{place} closed the connection") from None
    except (struct.error, IndexError):
        raise ValueError(f"{place} answers what is no identification") from None
    finally:
        writer.close()
    texts = {_OBJECTS.get(number, f"object {number}"): _text(raw) for number, raw in sorted(found.items())}
    texts["model"] = texts.get("model") or texts.get("product") or texts.get("code", "")
    return {word: text for word, text in texts.items() if text}


async def _read_level(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    unit: int,
    level: int,
    patience: float,
    found: dict[int, bytes],
) -> int:
    """Read all objects of a level, in as many answers as it takes; returns the highest level that the device has."""
    first = 0
    while True:
        request = bytes((43, 14, level, first))
        writer.write(_HEADER.pack(level, 0, len(request) + 1, unit) + request)
        async with asyncio.timeout(patience):
            _, protocol, length, _ = _HEADER.unpack(await reader.readexactly(_HEADER.size))
            if protocol or not 3 <= length <= 254:
                raise IndexError
            answer = await reader.readexactly(length - 1)
        if answer[0] == 43 | 0x80:
            raise _Exception(answer[1])
        function, kind, _, conformity, more, following, count = struct.unpack_from(">7B", answer)
        if (function, kind) != (43, 14):
            raise IndexError
        at = 7
        for _ in range(count):
            number, size = answer[at], answer[at + 1]
            if at + 2 + size > len(answer):
                raise IndexError
            found[number] = answer[at + 2 : at + 2 + size]
            at += 2 + size
        if not more:
            return int(conformity) & 0x7F
        if following <= first:
            raise IndexError  # it would go round in circles
        first = following


def _text(raw: bytes) -> str:
    text = raw.decode("utf-8", errors="replace")
    return "".join(char if char.isprintable() else " " for char in text).strip()[:200]
