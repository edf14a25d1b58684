"""The window of what is published: never wider than the broker's, in order, nothing lost over a reconnect."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import Refused, Retryable
from flowengine_nodes.mqtt.outgoing import Limits, Outgoing
from flowengine_nodes.mqtt.packets import PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL
from flowengine_nodes.mqtt.wire import PacketStream, text

TOPIC = text("t")


class Wire:
    """What the broker sees, and its answers."""

    def __init__(self, outgoing: Outgoing) -> None:
        self.outgoing = outgoing
        self.sent: list[tuple[int, int, bytes]] = []
        """First byte, packet id (0 at QoS 0), payload."""

    def send(self, packet: bytes) -> None:
        PacketStream([self._take] * 16, 1 << 20).feed(packet)

    def _take(self, first: int, data: bytes, start: int, end: int) -> None:
        at = start + len(TOPIC) if first >> 4 == PUBLISH else start
        has_id = first >> 4 != PUBLISH or first & 6
        packet_id = int.from_bytes(data[at : at + 2], "big") if has_id else 0
        self.sent.append((first, packet_id, data[at + 2 : end] if has_id else data[at:end]))

    def answer(self, kind: int, packet_id: int, code: int = 0) -> None:
        raw = packet_id.to_bytes(2, "big") + (bytes((code,)) if code else b"")
        take = self.outgoing.on_pubrec if kind == PUBREC else self.outgoing.on_puback
        take(kind << 4, raw, 0, len(raw))

    def payloads(self) -> list[bytes]:
        return [payload for first, _, payload in self.sent if first >> 4 == PUBLISH]


async def outcome(done: Awaitable[None] | None) -> None:
    assert done is not None
    await asyncio.wait_for(done, 30)


def test_qos_0_leaves_at_once() -> None:
    async def main() -> None:
        outgoing = Outgoing()
        wire = Wire(outgoing)
        outgoing.connected(wire.send, Limits(), False)
        assert outgoing.publish(0x30, TOPIC, b"", b"1") is None
        assert wire.sent == [(0x30, 0, b"1")]

    asyncio.run(main())


def test_what_is_published_before_there_is_a_connection_waits_and_leaves_in_order() -> None:
    async def main() -> None:
        outgoing = Outgoing()
        wire = Wire(outgoing)
        futures = [outgoing.publish(0x30 | (n % 2) << 1, TOPIC, b"", b"%d" % n) for n in range(6)]
        outgoing.connected(wire.send, Limits(), False)
        assert wire.payloads() == [b"0", b"1", b"2", b"3", b"4", b"5"]
        assert [future is not None and future.done() for future in futures] == [True, False] * 3

    asyncio.run(main())


def test_no_more_than_the_window_is_under_way_and_qos_0_does_not_overtake() -> None:
    async def main() -> None:
        outgoing = Outgoing()
        wire = Wire(outgoing)
        outgoing.connected(wire.send, Limits(window=2), False)
        for n in range(3):
            outgoing.publish(0x32, TOPIC, b"", b"%d" % n)
        assert outgoing.publish(0x30, TOPIC, b"", b"last") is not None
        assert wire.payloads() == [b"0", b"1"]
        wire.answer(PUBACK, 1)
        assert wire.payloads() == [b"0", b"1", b"2", b"last"]

    asyncio.run(main())


def test_qos_2_goes_through_its_four_steps() -> None:
    async def main() -> None:
        outgoing = Outgoing()
        wire = Wire(outgoing)
        outgoing.connected(wire.send, Limits(), False)
        done = outgoing.publish(0x34, TOPIC, b"", b"x")
        wire.answer(PUBREC, 1)
        assert done is not None
        assert not done.done()
        assert wire.sent[-1][:2] == (PUBREL << 4 | 2, 1)
        wire.answer(PUBCOMP, 1)
        await outcome(done)
        assert outgoing.in_flight == {}

    asyncio.run(main())


def test_a_refusal_names_topic_and_reason() -> None:
    async def main() -> None:
        outgoing = Outgoing()
        wire = Wire(outgoing)
        outgoing.connected(wire.send, Limits(), False)
        refused, full, exact = (outgoing.publish(first, TOPIC, b"", b"") for first in (0x32, 0x32, 0x34))
        wire.answer(PUBACK, 1, 0x87)
        wire.answer(PUBACK, 2, 0x97)
        wire.answer(PUBREC, 3, 0x80)
        with pytest.raises(Refused, match="'t': not authorized"):
            await outcome(refused)
        with pytest.raises(Retryable, match="quota exceeded"):
            await outcome(full)
        with pytest.raises(Refused, match="unspecified"):
            await outcome(exact)

    asyncio.run(main())


def test_after_a_reconnect_with_session_the_same_identifiers_go_again_as_duplicates() -> None:
    async def main() -> None:
        outgoing = Outgoing()
        outgoing.connected(Wire(outgoing).send, Limits(), False)
        for first in (0x32, 0x34, 0x34):
            outgoing.publish(first, TOPIC, b"", b"x")
        before = Wire(outgoing)
        outgoing._send = before.send
        before.answer(PUBREC, 3)
        outgoing.disconnected()
        wire = Wire(outgoing)
        outgoing.connected(wire.send, Limits(), True)
        assert wire.sent == [(0x3A, 1, b"x"), (0x3C, 2, b"x"), (PUBREL << 4 | 2, 3, b"")]

    asyncio.run(main())


def test_after_a_reconnect_without_session_all_is_sent_as_new() -> None:
    async def main() -> None:
        outgoing = Outgoing()
        wire = Wire(outgoing)
        outgoing.connected(wire.send, Limits(), False)
        outgoing.publish(0x34, TOPIC, b"", b"x")
        wire.answer(PUBREC, 1)
        outgoing.disconnected()
        wire.sent.clear()
        outgoing.connected(wire.send, Limits(), False)
        assert wire.sent == [(0x34, 1, b"x")]

    asyncio.run(main())


def test_a_broker_that_comes_back_narrower_gets_no_more_than_it_takes() -> None:
    async def main() -> None:
        outgoing = Outgoing()
        outgoing.connected(Wire(outgoing).send, Limits(), False)
        for n in range(5):
            outgoing.publish(0x32, TOPIC, b"", b"%d" % n)
        outgoing.disconnected()
        wire = Wire(outgoing)
        outgoing.connected(wire.send, Limits(window=2), True)
        assert wire.payloads() == [b"0", b"1"]
        for _, packet_id, _ in list(wire.sent):
            wire.answer(PUBACK, packet_id)
        assert wire.payloads() == [b"0", b"1", b"2", b"3"]

    asyncio.run(main())


@pytest.mark.parametrize(
    ("limits", "first", "why"),
    [
        (Limits(qos=1), 0x34, "at most QoS 1"),
        (Limits(retain=False), 0x31, "no retained"),
    ],
)
def test_what_the_broker_said_it_does_not_take_is_refused_here(limits: Limits, first: int, why: str) -> None:
    async def main() -> None:
        outgoing = Outgoing()
        wire = Wire(outgoing)
        outgoing.connected(wire.send, limits, False)
        with pytest.raises(Refused, match=why):
            await outcome(outgoing.publish(first, TOPIC, b"", b""))
        assert wire.sent == []

    asyncio.run(main())


@pytest.mark.parametrize(("policy", "kept"), [("drop-oldest", [b"2", b"3"]), ("drop-newest", [b"0", b"1"])])
def test_a_full_queue_drops_by_its_policy_and_says_so(policy: str, kept: list[bytes]) -> None:
    async def main() -> None:
        outgoing = Outgoing(2, policy)  # type: ignore[arg-type]
        futures = [outgoing.publish(0x32, TOPIC, b"", b"%d" % n) for n in range(4)]
        wire = Wire(outgoing)
        outgoing.connected(wire.send, Limits(), False)
        assert wire.payloads() == kept
        dropped = [future for future in futures if future is not None and future.done()]
        assert len(dropped) == 2
        for future in dropped:
            with pytest.raises(Refused, match="max_queued"):
                await future

    asyncio.run(main())


def test_a_write_that_nobody_waits_for_any_more_is_not_sent_late() -> None:
    async def main() -> None:
        outgoing = Outgoing()
        first, second = outgoing.publish(0x32, TOPIC, b"", b"1"), outgoing.publish(0x32, TOPIC, b"", b"2")
        assert first is not None
        first.cancel()
        wire = Wire(outgoing)
        outgoing.connected(wire.send, Limits(), False)
        assert wire.payloads() == [b"2"]
        assert second is not None

    asyncio.run(main())


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("publish"), st.sampled_from([0x30, 0x32, 0x34])),
            st.tuples(st.just("answer"), st.integers(0, 5)),
            st.tuples(st.just("cut"), st.booleans()),
            st.tuples(st.just("full"), st.booleans()),
        ),
        max_size=60,
    ),
    st.integers(1, 4),
)
def test_whatever_happens_every_message_gets_through_in_order_within_the_window(
    steps: list[tuple[str, int]], window: int
) -> None:
    async def main() -> None:
        outgoing = Outgoing()
        wire = Wire(outgoing)
        outgoing.connected(wire.send, Limits(window=window), False)
        futures: list[asyncio.Future[None] | None] = []

        def answer(number: int) -> None:
            ids = list(outgoing.in_flight)
            if ids:
                packet_id = ids[number % len(ids)]
                write = outgoing.in_flight[packet_id]
                wire.answer(PUBREC if write.first & 6 == 4 and not write.released else PUBACK, packet_id)

        for kind, number in steps:
            if kind == "publish":
                futures.append(outgoing.publish(number, TOPIC, b"", b"%d" % len(futures)))
            elif kind == "answer":
                answer(number)
            elif kind == "cut":
                outgoing.disconnected()
                outgoing.connected(wire.send, Limits(window=window), bool(number))
            else:
                outgoing.transport_full(bool(number))
            assert len(outgoing.in_flight) <= window
        outgoing.transport_full(False)
        for _ in range(3 * len(futures)):
            answer(0)
        assert all(future is None or future.done() for future in futures)
        firsts = list(dict.fromkeys(int(payload) for payload in wire.payloads()))
        assert firsts == list(range(len(futures)))

    asyncio.run(main())
