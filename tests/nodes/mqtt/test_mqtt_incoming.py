"""What is published to us: acknowledged in order, when finished, and never handed out twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine_nodes.mqtt.incoming import Delivery, Incoming
from flowengine_nodes.mqtt.wire import Malformed

QOS_1, QOS_2, DUP = 0x32, 0x34, 0x08


class Side:
    """An Incoming with what it sends."""

    def __init__(self) -> None:
        self.incoming = Incoming()
        self.sent: list[bytes] = []
        self.incoming.connected(self.sent.append, False)

    def take(self, first: int, packet_id: int) -> Delivery | None:
        delivery = self.incoming.accept(first, packet_id, "t", b"", {})
        if delivery is not None:
            delivery.busy = 1
        return delivery

    def finish(self, delivery: Delivery | None) -> None:
        assert delivery is not None
        delivery.busy -= 1
        self.incoming.settle()


@given(st.permutations(range(1, 8)))
def test_acknowledgements_leave_in_the_order_the_messages_came(finished: list[int]) -> None:
    side = Side()
    deliveries = {packet_id: side.take(QOS_1, packet_id) for packet_id in range(1, 8)}
    for packet_id in finished:
        side.finish(deliveries[packet_id])
    assert side.sent == [b"\x40\x02\x00%c" % packet_id for packet_id in range(1, 8)]


def test_a_message_that_comes_again_while_the_flow_is_busy_with_it_is_acknowledged_once() -> None:
    side = Side()
    first = side.take(QOS_1, 5)
    side.incoming.disconnected()
    side.incoming.connected(side.sent.append, True)
    assert side.take(QOS_1 | DUP, 5) is None
    assert side.sent == []
    side.finish(first)
    assert side.sent == [b"\x40\x02\x00\x05"]


def test_a_message_finished_during_a_cut_is_acknowledged_when_it_comes_again() -> None:
    side = Side()
    first = side.take(QOS_1, 5)
    side.incoming.disconnected()
    side.finish(first)
    assert side.sent == []
    side.incoming.connected(side.sent.append, True)
    assert side.take(QOS_1 | DUP, 5) is None
    assert side.sent == [b"\x40\x02\x00\x05"]


def test_without_a_session_nothing_is_taken_for_a_message_of_before() -> None:
    side = Side()
    side.take(QOS_1, 5)
    side.incoming.disconnected()
    side.incoming.connected(side.sent.append, False)
    assert side.take(QOS_1 | DUP, 5) is not None


def test_qos_2_is_handed_out_once_until_the_broker_has_released_it() -> None:
    side = Side()
    side.finish(side.take(QOS_2, 9))
    assert side.take(QOS_2 | DUP, 9) is None
    assert side.sent == [b"\x50\x02\x00\x09"] * 2
    side.incoming.on_pubrel(0x62, b"\x00\x09", 0, 2)
    assert side.sent[-1] == b"\x70\x02\x00\x09"
    assert side.take(QOS_2, 9) is not None


@pytest.mark.parametrize(("first", "packet_id"), [(QOS_1, 0), (0x36, 1)])
def test_identifier_0_and_qos_3_are_refused(first: int, packet_id: int) -> None:
    with pytest.raises(Malformed):
        Side().take(first, packet_id)
