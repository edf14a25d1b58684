from flowengine.testing import messages_of, outputs_of
from flowengine_nodes.debug.counter import Counter


def test_counter_counts_and_passes_on() -> None:
    node = Counter()
    assert outputs_of(node, "a", "b", "c") == ["a", "b", "c"]
    assert node.state() == {"count": 3}


def test_counter_writes_the_count_and_goes_on_after_a_restart() -> None:
    node = Counter(property="count")
    node.restore({"count": 41})
    assert [r.msg.get("count") for r in messages_of(node, 1, 2)] == [42, 43]
