from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from flowengine.flow.graph import graph_of, loops, order, reached, reaching
from tests.steps import growth

EDGES = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")), max_size=20)


@given(EDGES)
def test_the_order_puts_no_node_before_one_that_feeds_it_or_there_is_a_loop(edges: list[tuple[str, str]]) -> None:
    graph = graph_of("abcdefgh", edges)
    found = order(graph)
    if found is None:
        assert loops(graph)
    else:
        assert sorted(found) == list("abcdefgh")
        assert all(found.index(source) < found.index(target) for source, target in edges)
        assert loops(graph) == []


@given(EDGES)
def test_a_loop_found_is_one_and_cutting_all_of_them_once_leaves_none(edges: list[tuple[str, str]]) -> None:
    graph = graph_of("abcdefgh", edges)
    found = loops(graph)
    for loop in found:
        assert all((a, b) in edges for a, b in zip(loop, [*loop[1:], loop[0]], strict=True))
    cut = {(loop[-1], loop[0]) for loop in found}
    assert order(graph_of("abcdefgh", [edge for edge in edges if edge not in cut])) is not None


def test_loops_that_share_nothing_are_all_found() -> None:
    graph = graph_of("abcd", [("a", "b"), ("b", "a"), ("c", "d"), ("d", "c"), ("a", "a")])
    assert sorted(sorted(loop) for loop in loops(graph)) == [["a"], ["a", "b"], ["c", "d"]]


def test_what_reaches_what_is_found_through_loops_too() -> None:
    graph = graph_of("abcde", [("a", "b"), ("b", "c"), ("c", "b"), ("d", "c")])
    assert reached(graph, ["a"]) == {"a", "b", "c"}
    assert reaching(graph, ["c"]) == {"a", "b", "c", "d"}
    assert reached(graph, []) == set()


def test_a_loop_through_many_nodes_is_found_as_soon_for_each_as_one_through_few() -> None:
    def looped(count: int) -> int:
        names = [str(n) for n in range(count)]
        [loop] = loops(graph_of(names, zip(names, [*names[1:], names[0]], strict=True)))
        return len(loop)

    assert growth(looped, 100, 400) < 1.1
    assert looped(10_000) == 10_000
