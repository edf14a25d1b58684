from typing import Any

import msgspec
import pytest

from flowengine import BadData, Message
from flowengine.clock import VirtualClock
from flowengine.testing import messages_of, outputs_of, running
from flowengine_nodes.sequences.batch import Batch
from flowengine_nodes.sequences.join import Join


def joined(node: Batch, *inputs: Any, **how: Any) -> list[Any]:
    return outputs_of(Join(), *[r.msg for r in messages_of(node, *inputs, **how)])


def test_count_makes_sequences_that_join_understands() -> None:
    assert joined(Batch(count=2), 1, 2, 3, 4, 5) == [[1, 2], [3, 4]]


def test_overlap_begins_the_next_sequence_with_the_last_messages() -> None:
    assert joined(Batch(count=3, overlap=1), 1, 2, 3, 4, 5) == [[1, 2, 3], [3, 4, 5]]


def test_interval_groups_what_came_in_each_span() -> None:
    assert joined(Batch(mode="interval", interval=2.5), 1, 2, 3, 4, every=1, seconds=5) == [[1, 2, 3], [4]]


def test_an_empty_span_sends_an_empty_message_if_asked() -> None:
    assert outputs_of(Batch(mode="interval", interval=2, allow_empty=True), seconds=5) == [None, None]
    assert outputs_of(Batch(mode="interval", interval=2), seconds=5) == []


def test_concat_waits_for_one_message_of_each_topic() -> None:
    node = Batch(mode="concat", topics=["a", "b"])
    inputs = [Message(n, topic=t) for n, t in enumerate("bbaab")]
    assert joined(node, *inputs) == [[2, 0], [3, 1]]
    assert [m.payload for m in node.unsent()] == [4]


def test_concat_refuses_an_unknown_topic() -> None:
    with pytest.raises(BadData, match="none of those"):
        outputs_of(Batch(mode="concat", topics=["a"]), Message(1, topic="x"))


def test_what_is_collected_leaves_as_partial_when_the_flow_stops() -> None:
    found = messages_of(Batch(count=9), 1, 2, flush=True)
    assert [(r.msg.payload, r.msg.get("partial"), r.msg.get("parts.count")) for r in found] == [
        (1, True, 2),
        (2, True, 2),
    ]


def test_the_overlap_alone_is_not_sent_again_when_the_flow_stops() -> None:
    assert outputs_of(Batch(count=2, overlap=1), 1, 2, flush=True) == [1, 2]


def test_reset_empties_the_batch() -> None:
    assert joined(Batch(count=2), 1, Message(properties={"reset": 1}), 2, 3) == [[2, 3]]


def test_a_bound_gives_up_the_oldest() -> None:
    node, clock = Batch(mode="interval", most=2), VirtualClock()

    async def main() -> None:
        async with running(node, clock) as host:
            for n in range(3):
                node.process(Message(n))
            assert [msg and msg.payload for _, msg in host.failures] == [0]

    clock.run(main())


def test_what_is_collected_survives_a_restart() -> None:
    node, clock = Batch(count=3), VirtualClock()

    async def before() -> bytes:
        async with running(node, clock):
            node.process(Message(1))
            node.process(Message(2))
            return msgspec.json.encode(node.state())

    after = Batch(count=3)
    after.restore(msgspec.json.decode(clock.run(before())))
    assert joined(after, 3) == [[1, 2, 3]]


def test_options_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        Batch(count=2, overlap=2)
    with pytest.raises(ValueError, match="needs topics"):
        Batch(mode="concat")
