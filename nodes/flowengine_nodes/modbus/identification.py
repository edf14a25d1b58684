"""What a device says of itself: function 43/14, Read Device Identification.

Source: MODBUS Application Protocol Specification V1.1b3, section 6.21. Asked over a connection of its own, by pymodbus:
it is asked for seldom, by hand, and a device that has no room for a second connection says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_OBJECTS: Final = {0: "vendor", 1: "code", 2: "version", 3: "url", 4: "model", 5: "model", 6: "name"}
"""Object id -> word. Both ProductName (4) and ModelName (5) say the model; what comes last counts."""

_BASIC, _REGULAR = 1, 2


async def read_identification(host: str, port: int, unit: int, patience: float) -> Mapping[str, str]:
    """Return vendor, code, version and, where the device has them, url, model and name; `patience` in seconds.

    Raises:
        OSError: the device is away.
        ValueError: it does not know this function, or refuses it.
    """
    from pymodbus.client import AsyncModbusTcpClient
    from pymodbus.exceptions import ModbusException

    client = AsyncModbusTcpClient(host, port=port, timeout=patience, retries=0, reconnect_delay=0)
    try:
        if not await client.connect():
            raise OSError(f"{host}:{port} takes no connection")
        found: dict[int, bytes] = {}
        for level in (_BASIC, _REGULAR):
            try:
                answer = await client.read_device_information(read_code=level, object_id=0, device_id=unit)
            except ModbusException as error:
                if found:
                    break  # the basic level is all that it has
                raise OSError(f"{host}:{port}, unit {unit}: {error}") from None
            if answer.isError():
                if found:
                    break
                raise ValueError(f"{host}:{port}, unit {unit} does not know function 43/14: {answer}")
            found |= getattr(answer, "information", {})
    finally:
        client.close()
    texts = {word: _text(found[number]) for number, word in _OBJECTS.items() if number in found}
    if "model" not in texts and "code" in texts:
        texts["model"] = texts["code"]
    return {word: text for word, text in texts.items() if text}


def _text(raw: bytes | list[bytes]) -> str:
    parts = raw if isinstance(raw, list) else [raw]
    text = " ".join(part.decode("utf-8", errors="replace") for part in parts)
    return "".join(char if char.isprintable() else " " for char in text).strip("\0 ")[:200]
