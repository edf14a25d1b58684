import asyncio

import pytest

from flowengine.clock import VIRTUAL_EPOCH, VirtualClock
from flowengine.testing import messages_from, running
from flowengine_nodes.timing.inject import Inject


def test_inject_sends_nothing_by_itself() -> None:
    assert messages_from(Inject(), seconds=100) == []


def test_inject_sends_once_after_its_delay_and_ends() -> None:
    found = messages_from(Inject(once=True, send="value", value=[1], topic="t"), seconds=100)
    assert [(m.payload, m.topic) for m in found] == [([1], "t")]
    assert found[0].time - VIRTUAL_EPOCH == pytest.approx(0.1)


def test_inject_repeats() -> None:
    assert [m.time - VIRTUAL_EPOCH for m in messages_from(Inject(repeat=10), seconds=35)] == [10, 20, 30]
    found = messages_from(Inject(repeat=10, once=True, once_delay=1), seconds=35)
    assert [m.time - VIRTUAL_EPOCH for m in found] == pytest.approx([1, 11, 21, 31])


def test_the_button_gives_the_message_with_its_further_properties() -> None:
    node, clock = Inject(send="value", value=1, properties={"unit": "degC", "a.b": 2}), VirtualClock()

    async def main() -> None:
        async with running(node, clock):
            await asyncio.sleep(3)
            msg = node.pressed()
            assert msg is not None
            assert (msg.payload, msg.get("unit"), msg.get("a.b")) == (1, "degC", 2)
            assert msg.time == VIRTUAL_EPOCH + 3

    clock.run(main())


def test_a_property_that_does_not_fit_is_refused_when_the_node_is_made() -> None:
    with pytest.raises(ValueError, match="quality"):
        Inject(properties={"quality": "excellent"})
