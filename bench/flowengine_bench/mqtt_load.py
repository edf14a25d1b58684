"""An MQTT load that is never the bottleneck: sends to one topic, expects every message back on another.

`python -m flowengine_bench.mqtt_load --port P --qos Q --in bench/in --out bench/out --count N --in-flight 1000` keeps
1,000 messages on their way; with `--rate R` it sends R a second on a fixed schedule instead, so that a slow answer does
not slow the questions down. Prints one line of JSON: {"rate", "lost", "duplicates", "p50_ms", "p99_ms"}.
The rate is in messages a second. Latency is from handing a message to the kernel to reading its return.
The first `--warm-up` messages are in neither.

A message is {"n": its number, "value": 0..4095}, with `--size` filled up to so many bytes; what comes back must be JSON
that still holds "n".
MQTT 3.1.1 over one plain socket, packets made beforehand and sent in batches: OASIS standard mqtt-v3.1.1, chapter 3.
"""

import argparse
import json
import re
import select
import socket
import sys
import time
from collections.abc import Iterator

NUMBER = re.compile(rb'"n": ?(\d+)')
READ_SIZE = 1 << 18
NAP_S = 0.002  # between two looks at what came back: batches spare the CPU that the measured one needs too
SILENCE_S = 5.0  # nothing back for so long: what is missing is lost

CONNACK, PUBLISH, PUBACK, SUBACK = 2, 3, 4, 9


def connect_packet(client_id: str, keepalive_s: int = 60) -> bytes:
    """CONNECT with a clean session."""
    return _packet(0x10, _text("MQTT") + bytes([4, 2]) + keepalive_s.to_bytes(2, "big") + _text(client_id))


def subscribe_packet(topic: str, qos: int) -> bytes:
    """SUBSCRIBE to one topic, with packet id 1."""
    return _packet(0x82, b"\x00\x01" + _text(topic) + bytes([qos]))


def publish_packet(topic: str, payload: bytes, qos: int, packet_id: int) -> bytes:
    """PUBLISH; the packet id (1..65535) counts at QoS 1 only."""
    identity = packet_id.to_bytes(2, "big") if qos else b""
    return _packet(0x30 | qos << 1, _text(topic) + identity + payload)


def _text(text: str) -> bytes:
    raw = text.encode()
    return len(raw).to_bytes(2, "big") + raw


def _packet(first: int, body: bytes) -> bytes:
    size, length = len(body), bytearray()
    while True:
        size, low = size >> 7, size & 127
        length.append(low | 128 if size else low)
        if not size:
            return bytes([first]) + bytes(length) + body


def split_packets(data: bytes) -> Iterator[tuple[int, int, int]]:
    """The whole packets in a piece of the stream: first byte, start and end of the body."""
    start, end = 0, len(data)
    while start + 2 <= end:
        size, shift, body = 0, 0, start + 1
        while body < end:
            byte = data[body]
            size |= (byte & 127) << shift
            body, shift = body + 1, shift + 7
            if byte < 128:
                break
        else:
            return
        if body + size > end:
            return
        yield data[start], body, body + size
        start = body + size


class Load:
    """One run: the connection, what was sent when, what came back when (seconds, perf_counter)."""

    def __init__(self, host: str, port: int, qos: int, topics: tuple[str, str], count: int, size: int = 0) -> None:
        self.qos, self.count = qos, count
        self.sent = [0.0] * count
        self.back = [0.0] * count
        self.returned = 0
        self.duplicates = 0
        self._rest = b""
        self._packets = [publish_packet(topics[0], _payload(n, size), qos, n % 65535 + 1) for n in range(count)]
        self._socket = socket.create_connection((host, port), timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(connect_packet(f"load-{time.time_ns()}"))
        self._expect(CONNACK)
        self._socket.sendall(subscribe_packet(topics[1], qos))
        self._expect(SUBACK)

    def _expect(self, kind: int) -> None:
        data = self._socket.recv(64)
        if not data or data[0] >> 4 != kind or data[-1] & 0x80 or (kind == CONNACK and data[3]):
            raise SystemExit(f"the broker answered {data.hex()} where packet type {kind} was due")

    def send(self, first: int, last: int) -> None:
        """Send messages first to last - 1 in one piece."""
        piece = b"".join(self._packets[first:last])
        self.sent[first:last] = [time.perf_counter()] * (last - first)
        self._socket.sendall(piece)

    def receive(self, timeout_s: float) -> bool:
        """Take in what has come, acknowledging at QoS 1. False when nothing came in time."""
        if not select.select([self._socket], [], [], max(0.0, timeout_s))[0]:  # poll() knows only whole milliseconds
            return False
        data = self._socket.recv(READ_SIZE)
        if not data:
            raise SystemExit("the broker closed the connection")
        if self._rest:
            data = self._rest + data
        at, end, back, acknowledgements = time.perf_counter(), 0, self.back, []
        for first, start, end in split_packets(data):
            if first >> 4 != PUBLISH:
                continue
            match = NUMBER.search(data, start, end)
            if match is None:
                raise SystemExit(f"a message came back without its number: {data[start:end]!r}")
            number = int(match[1])
            if back[number]:
                self.duplicates += 1
            else:
                back[number] = at
                self.returned += 1
            if first & 6:
                identity = start + 2 + (data[start] << 8 | data[start + 1])
                acknowledgements.append(b"\x40\x02" + data[identity : identity + 2])
        self._rest = data[end:]
        if acknowledgements:
            self._socket.sendall(b"".join(acknowledgements))
        return True

    def close(self) -> None:
        """Say goodbye."""
        self._socket.sendall(b"\xe0\x00")
        self._socket.close()


def _payload(number: int, size: int) -> bytes:
    """One message, filled up to `size` bytes."""
    plain = b'{"n": %d, "value": %d}' % (number, number % 4096)
    fill = size - len(plain) - len(b', "fill": ""')
    return plain if fill <= 0 else plain[:-1] + b', "fill": "' + b"x" * fill + b'"}'


def wait_for_a_way_through(host: str, port: int, qos: int, topics: tuple[str, str], timeout_s: float = 30.0) -> None:
    """Send probes until one comes back: what is measured has connected and subscribed."""
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        probe = Load(host, port, qos, topics, 1)
        probe.send(0, 1)
        came = probe.receive(0.3) and (probe.returned or probe.receive(0.3))
        probe.close()
        if came and probe.returned:
            time.sleep(0.3)  # stragglers of earlier probes pass now
            return
    raise SystemExit(f"nothing came back on {topics[1]} within {timeout_s:.0f} s")


def flood(load: Load, in_flight: int) -> None:
    """Keep `in_flight` messages on their way until all are back."""
    sent = 0
    while load.returned < load.count:
        last = min(load.count, load.returned + in_flight)
        if last > sent:
            load.send(sent, last)
            sent = last
            time.sleep(NAP_S)
        if not load.receive(SILENCE_S):
            return


def pace(load: Load, rate: float) -> None:
    """Send on schedule, `rate` messages a second, whatever comes back."""
    began, sent = time.perf_counter() + 0.01, 0
    while load.returned < load.count:
        due = began + sent / rate
        now = time.perf_counter()
        if sent < load.count and now >= due:
            load.send(sent, sent + 1)
            sent += 1
        elif not load.receive(due - now if sent < load.count else SILENCE_S) and sent == load.count:
            return


def summary(load: Load, warm_up: int) -> dict[str, float]:
    """What one run showed, the warm-up left out of rate and latency."""
    arrived = sorted(at for at in load.back if at)
    measured = arrived[warm_up:]
    began = arrived[warm_up - 1] if warm_up and len(arrived) >= warm_up else load.sent[0]
    pairs = zip(load.sent[warm_up:], load.back[warm_up:], strict=True)
    latency = sorted((back - sent) * 1e3 for sent, back in pairs if back)
    return {
        "rate": round(len(measured) / (measured[-1] - began), 1) if measured else 0.0,
        "lost": load.count - load.returned,
        "duplicates": load.duplicates,
        "p50_ms": round(latency[len(latency) // 2], 3) if latency else -1.0,
        "p99_ms": round(latency[len(latency) * 99 // 100], 3) if latency else -1.0,
    }


def main() -> None:
    """Read the command line, run once, print the line."""
    parser = argparse.ArgumentParser(prog="python -m flowengine_bench.mqtt_load", description="An MQTT load.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--qos", type=int, choices=(0, 1), default=0)
    parser.add_argument("--in", dest="topic_in", default="bench/in", help="the topic to send to")
    parser.add_argument("--out", dest="topic_out", default="bench/out", help="the topic where messages come back")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--in-flight", type=int, default=1000)
    parser.add_argument("--size", type=int, default=0, help="bytes of a payload at least")
    parser.add_argument("--rate", type=float, help="messages a second, instead of a number in flight")
    parser.add_argument("--warm-up", type=int, default=0, help="leading messages left out of the figures")
    asked = parser.parse_args()
    topics = (asked.topic_in, asked.topic_out)
    wait_for_a_way_through(asked.host, asked.port, asked.qos, topics)
    load = Load(asked.host, asked.port, asked.qos, topics, asked.count, asked.size)
    if asked.rate:
        pace(load, asked.rate)
    else:
        flood(load, asked.in_flight)
    load.receive(0.1)  # a duplicate may still be under way
    load.close()
    sys.stdout.write(json.dumps(summary(load, asked.warm_up)) + "\n")


if __name__ == "__main__":
    main()
