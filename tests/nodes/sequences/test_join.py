from typing import Any

import msgspec
import pytest

from flowengine import BadData, Message
from flowengine.clock import VIRTUAL_EPOCH, VirtualClock
from flowengine.testing import messages_of, outputs_of, running
from flowengine_nodes.sequences.join import Join
from flowengine_nodes.sequences.split import Split


def parts_of(value: Any) -> list[Message]:
    return [r.msg for r in messages_of(Split(), value)]


def on(topic: str, payload: Any, **properties: Any) -> Message:
    return Message(payload, topic=topic, properties=properties)


def test_auto_needs_parts() -> None:
    with pytest.raises(BadData, match=r"no msg\.parts"):
        outputs_of(Join(), 1)


def test_auto_waits_for_all_parts_and_leaves_none_behind() -> None:
    first, second = parts_of([1, 2])
    (joined,) = messages_of(Join(), second, first)
    assert joined.msg.payload == [1, 2]
    assert not joined.msg.has("parts")


def test_the_result_is_as_good_as_its_worst_part() -> None:
    first, second = parts_of([1, 2])
    assert messages_of(Join(), first.replace(quality="bad"), second)[0].msg.quality == "bad"


def test_custom_builds_a_list_after_a_count() -> None:
    assert outputs_of(Join(mode="custom", count=2), 1, 2, 3, 4, 5) == [[1, 2], [3, 4]]


def test_custom_builds_an_object_by_topic_when_every_name_has_come() -> None:
    node = Join(mode="custom", build="object", count=2)
    assert outputs_of(node, on("t", 1), on("t", 2), on("p", 3)) == [{"t": 2, "p": 3}]


def test_custom_accumulates() -> None:
    node = Join(mode="custom", build="object", count=2, accumulate=True)
    assert outputs_of(node, on("t", 1), on("p", 3), on("t", 5)) == [{"t": 1, "p": 3}, {"t": 5, "p": 3}]


def test_custom_builds_texts_bytes_and_merged_objects() -> None:
    assert outputs_of(Join(mode="custom", build="text", count=3, joiner=";"), "a", 1, True) == ["a;1;true"]
    assert outputs_of(Join(mode="custom", build="bytes", count=2, joiner=""), b"\x01", b"\xff") == [b"\x01\xff"]
    assert outputs_of(Join(mode="custom", build="merged", count=2), {"a": 1}, {"b": 2}) == [{"a": 1, "b": 2}]
    with pytest.raises(BadData, match="cannot merge 5"):
        outputs_of(Join(mode="custom", build="merged", count=2), 5)


def test_a_message_with_complete_ends_the_group() -> None:
    node = Join(mode="custom")
    (found,) = messages_of(node, 1, 2, Message(3, properties={"complete": True}))
    assert found.msg.payload == [1, 2, 3]
    assert not found.msg.has("complete")
    assert outputs_of(Join(mode="custom"), 1, Message(None, properties={"complete": True})) == [[1]]


def test_groups_by_topic_do_not_mix() -> None:
    node = Join(mode="custom", by="topic", count=2)
    assert outputs_of(node, on("a", 1), on("b", 2), on("a", 3), on("b", 4)) == [[1, 3], [2, 4]]


def test_the_time_limit_begins_with_the_first_message() -> None:
    node = Join(mode="custom", timeout=5)
    found = messages_of(node, 1, 2, every=3, seconds=10)
    assert [r.msg.payload for r in found] == [[1, 2]]
    assert found[0].msg.time == VIRTUAL_EPOCH + 3


def test_an_incomplete_group_is_sent_as_partial_or_becomes_dead_letters() -> None:
    first = parts_of([1, 2])[0]
    (found,) = messages_of(Join(timeout=5), first, seconds=10)
    assert (found.msg.payload, found.msg.get("partial")) == ([1], True)

    node, clock = Join(timeout=5, incomplete="fail"), VirtualClock()

    async def main() -> None:
        async with running(node, clock) as host:
            node.process(first)
            await clock.sleep(10)
            assert [msg and msg.payload for _, msg in host.failures] == [1]
            assert "not complete within 5 s" in str(host.failures[0][0])

    clock.run(main())


def test_what_is_collected_leaves_when_the_flow_stops() -> None:
    assert outputs_of(Join(mode="custom", count=9), 1, 2, flush=True) == [[1, 2]]
    node = Join(mode="custom", count=9, incomplete="fail")
    assert outputs_of(node, 1, 2, flush=True) == []
    assert [m.payload for m in node.unsent()] == [1, 2]


def test_reset_throws_the_group_away() -> None:
    assert outputs_of(Join(mode="custom", count=2), 1, Message(properties={"reset": True}), 2, 3) == [[2, 3]]


def test_too_many_groups_give_up_the_oldest() -> None:
    node, clock = Join(mode="custom", by="topic", count=2, most_groups=2), VirtualClock()

    async def main() -> None:
        async with running(node, clock) as host:
            for topic in "abc":
                node.process(on(topic, topic))
            assert [msg and msg.payload for _, msg in host.failures] == ["a"]

    clock.run(main())


def test_too_many_messages_give_up_the_oldest_group() -> None:
    node, clock = Join(mode="custom", most_messages=3), VirtualClock()

    async def main() -> None:
        async with running(node, clock) as host:
            for n in range(4):
                node.process(Message(n))
            assert [msg and msg.payload for _, msg in host.failures] == [0, 1, 2]
            assert [m.payload for m in node.flush()] == [[3]]

    clock.run(main())


def test_reduce_computes_one_value_over_a_sequence() -> None:
    node = Join(mode="reduce", reduce="msg.total + payload", finish="msg.total / msg.count")
    assert outputs_of(node, *parts_of([1, 2, 6])) == [3]
    node = Join(mode="reduce", reduce="msg.total * 10 + payload", reverse=True)
    assert outputs_of(node, *parts_of([1, 2, 3])) == [321]


def test_groups_survive_a_restart_with_the_time_left() -> None:
    node, clock = Join(mode="custom", build="object", timeout=10), VirtualClock()

    async def before() -> bytes:
        async with running(node, clock):
            node.process(on("a", 1))
            await clock.sleep(6)
            return msgspec.json.encode(node.state())

    after = Join(mode="custom", build="object", timeout=10)
    after.restore(msgspec.json.decode(clock.run(before())))
    assert outputs_of(after, on("b", 2), seconds=4.5) == [{"a": 1, "b": 2}]
