"""Connections to the addresses that `Node.reach` has judged, for whoever would look the name up again.

The name stays what a certificate is held against. Only the first address that answers is used.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def first(addresses: Sequence[str], connect: Callable[[str], Awaitable[T]]) -> T:
    """Return what `connect` makes of the first address that answers.

    Raises:
        OSError: what the last one says, where none answers.
    """
    for address in addresses[:-1]:
        with suppress(OSError):
            return await connect(address)
    return await connect(addresses[-1])


def connected(
    addresses: Sequence[str], port: int, timeout: float, context: ssl.SSLContext | None = None, name: str = ""
) -> socket.socket:
    """Return a socket at the first address that answers, waiting `timeout` seconds for each; it blocks.

    With a context it is encrypted, and the certificate must be for `name`.

    Raises:
        OSError: what the last one says, where none answers; a certificate is not as it must be.
    """
    found: socket.socket | None = None
    for address in addresses[:-1]:
        with suppress(OSError):
            found = socket.create_connection((address, port), timeout)
            break
    found = found or socket.create_connection((addresses[-1], port), timeout)
    return context.wrap_socket(found, server_hostname=name) if context else found
