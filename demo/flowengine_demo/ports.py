"""TCP ports on this computer and elsewhere: which is free, who answers."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Callable

_MQTT_CONNECT = bytes((0x10, 14, 0, 4)) + b"MQTT" + bytes((4, 2, 0, 10, 0, 2)) + b"fe"  # 3.1.1, clean session, id "fe"
_CONNACK = 0x20
_TRIES = 100
_LOOK_EVERY_S = 0.02


def free_port(host: str) -> int:
    """A port that nobody listens on at the moment.

    From below the range that systems give to outgoing connections (from 32768 on Linux, from 49152 by RFC 6335): one
    from that range can be lost to any client while a server restarts.
    """
    for _ in range(_TRIES):
        port = random.randrange(20_000, 32_000)
        if is_free(host, port):
            return port
    raise OSError(f"no free port found on {host} in {_TRIES} tries")


def start_on_free_port(host: str, start: Callable[[int], None]) -> int:
    """Call `start` with a free port and return that port; once more if somebody else has taken it in between."""
    for tries_left in (2, 1, 0):
        port = free_port(host)
        try:
            start(port)
        except RuntimeError:
            if is_free(host, port) or not tries_left:
                raise  # the port was not the trouble
        else:
            break
    return port


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen here (connections of a former server that still fade away do not count)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def accepts(host: str, port: int, within_s: float) -> bool:
    """Whether somebody accepts connections there."""
    try:
        with socket.create_connection((host, port), within_s):
            return True
    except OSError:
        return False


def wait_until_silent(host: str, port: int, within_s: float) -> bool:
    """Wait until nobody accepts connections there any more; whether that came in time."""
    deadline = time.monotonic() + within_s
    while accepts(host, port, within_s):
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_EVERY_S)
    return True


def answers_mqtt(host: str, port: int, within_s: float = 1.0) -> bool:
    """Whether a broker answers there: an MQTT CONNECT (OASIS MQTT 3.1.1, section 3.1) brings a CONNACK."""
    try:
        with socket.create_connection((host, port), within_s) as line:
            line.sendall(_MQTT_CONNECT)
            return line.recv(1)[:1] == bytes((_CONNACK,))
    except OSError:
        return False
