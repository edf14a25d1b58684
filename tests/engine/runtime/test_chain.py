"""Chains: what a message meets on its way through fused transforms."""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import Inline, Message
from flowengine.errors import BadData
from flowengine.flow.plan import PlannedWire
from flowengine.node import Transform
from flowengine.options import build
from flowengine.runtime.chains.chain import Chain, compile_chain
from flowengine.runtime.chains.world import World
from tests.engine.runtime import small_nodes as nodes


class Bench:
    """A chain behind a source called `in`; ends that lead to `out...` are caught."""

    def __init__(self, classes: dict[str, Any], wires: list[str]) -> None:
        planned = nodes.plan({"in": nodes.Feed, **classes, **_ends(wires)}, wires)
        self.caught: list[tuple[str, Any]] = []
        self.failed: list[tuple[str, str, Any]] = []
        wires_from: dict[tuple[str, str], list[PlannedWire]] = defaultdict(list)
        ways_in: dict[str, int] = defaultdict(int)
        for wire in planned.wires:
            wires_from[wire.source, wire.out].append(wire)
            ways_in[wire.target] += 1
        live: dict[str, Any] = {
            name: build(node.cls, node.options)
            for name, node in planned.nodes.items()
            if issubclass(node.cls, Transform)
        }
        self.world = World(
            nodes=live,
            outputs={name: [port.name for port in type(node).outputs] for name, node in live.items()},
            wires_from=wires_from,
            ways_in=ways_in,
            puts=self._put,
            registers={},
            fail=lambda node, error, msg, delivery: self.failed.append((node, str(error), msg.payload)),
        )
        self.chain: Chain = compile_chain(self.world, wires_from["in", "out"])

    def _put(self, wire: PlannedWire) -> Any:
        if not wire.target.startswith("out"):
            return None
        return lambda msg, delivery: self.caught.append((wire.target, msg.payload))

    def run(self, *payloads: Any) -> list[tuple[str, Any]]:
        self.chain.run([Message(payload) for payload in payloads], None)
        return self.caught

    def passed(self) -> dict[str, int]:
        return {f"{wire.source} {wire.target}": number for wire, number in self.chain.counts().items()}


def _ends(wires: list[str]) -> dict[str, Any]:
    targets = [wire.split()[1].partition(".")[0] for wire in wires]
    return {name: nodes.Sink for name in targets if name.startswith("out")}


def test_messages_pass_a_line_of_transforms_in_order() -> None:
    bench = Bench({"a": nodes.Plus, "b": (nodes.Plus, {"amount": 10})}, ["in a", "a b", "b out"])
    assert bench.run(1, 2, 3) == [("out", 12), ("out", 13), ("out", 14)]


def test_a_node_may_be_called_only_for_what_a_comparison_in_the_chain_lets_through() -> None:
    bench = Bench({"a": nodes.PlusInline, "b": nodes.DiffersInline}, ["in a", "a b", "b out"])
    assert bench.run(1, 1, 1, 2, 2, 1) == [("out", 2), ("out", 3), ("out", 2)]
    node = bench.world.nodes["b"]
    assert isinstance(node, nodes.DiffersInline)
    assert node.called == 3
    assert bench.passed() == {"in a": 6, "a b": 6, "b out": 3}


def test_what_fails_behind_such_a_comparison_is_told_with_its_node_and_counted_for_no_wire_behind_it() -> None:
    bench = Bench({"a": nodes.DiffersInline}, ["in a", "a out"])
    assert bench.run("x", "broken", "broken", "y") == [("out", "x"), ("out", "y")]
    assert bench.failed == [("a", "broken", "broken")] * 2
    assert bench.passed() == {"in a": 4, "a out": 2}


def test_a_fan_out_gives_the_same_message_to_every_branch_in_the_order_of_the_wires() -> None:
    bench = Bench({"a": nodes.PlusInline, "b": nodes.Plus}, ["in a", "in b", "in out3", "a out1", "b out2"])
    assert bench.run(1) == [("out1", 2), ("out2", 2), ("out3", 1)]


def test_a_branch_that_fails_does_not_keep_the_message_from_the_others() -> None:
    bench = Bench({"a": nodes.Plus, "b": nodes.PlusInline}, ["in a", "in b", "in out3", "a out1", "b out2"])
    assert bench.run("x", 1) == [("out3", "x"), ("out1", 2), ("out2", 2), ("out3", 1)]
    assert bench.failed == [("a", "x is no number", "x"), ("b", "x is no number", "x")]


def test_a_failure_names_the_node_and_gives_the_message_as_it_came_there() -> None:
    wires = ["in a", "a b", "b c", "c out"]
    bench = Bench({"a": nodes.PlusInline, "b": nodes.Breaks, "c": nodes.Plus}, wires)
    assert bench.run(1) == []
    assert bench.failed == [("b", "broken", 2)]


def test_counts_tell_how_far_messages_came_failures_included() -> None:
    bench = Bench({"a": nodes.PlusInline, "b": nodes.Below, "c": nodes.Plus}, ["in a", "a b", "b c", "c out"])
    bench.run("x", -5, 5, -7)
    assert bench.passed() == {"in a": 4, "a b": 3, "b c": 2, "c out": 2}


def test_several_results_of_one_message_are_passed_on_one_by_one() -> None:
    bench = Bench({"a": nodes.Twice, "b": nodes.Plus}, ["in a", "a b", "b out"])
    assert bench.run(1, 5) == [("out", 2), ("out", 0), ("out", 6), ("out", -4)]


def test_a_message_leaves_by_the_port_the_node_names() -> None:
    for cls in (nodes.OddEven, nodes.OddEvenInline):
        bench = Bench({"a": cls}, ["in a", "a.odd out1", "a.even out2"])
        assert bench.run(1, 2, 3) == [("out1", 1), ("out2", 2), ("out1", 3)]


def test_an_unknown_port_is_a_failure_that_lists_the_ports() -> None:
    class Lost(Transform, type="test/lost"):
        """Send to nowhere."""

        def process(self, msg: Message) -> Any:
            return msg.to("nowhere")

    bench = Bench({"a": Lost}, ["in a", "a out"])
    bench.run(1)
    assert bench.failed == [("a", "the node sent to port 'nowhere', which it does not have; its ports: out", 1)]


def test_a_node_that_returns_no_message_is_told_so() -> None:
    class Wrong(Transform, type="test/wrong"):
        """Return a number."""

        def process(self, msg: Message) -> Message:
            return 5  # type: ignore[return-value]

    bench = Bench({"a": Wrong}, ["in a", "a out"])
    bench.run(1)
    assert bench.failed == [("a", "the node returned int 5 where a Message was expected", 1)]


def test_a_node_with_several_wires_in_gets_each_message_once_per_wire() -> None:
    wires = ["in a", "in b", "a c", "b c", "c out"]
    bench = Bench({"a": nodes.Plus, "b": (nodes.Plus, {"amount": 10}), "c": nodes.PlusInline}, wires)
    assert bench.run(1) == [("out", 3), ("out", 12)]


def test_branches_nest_deeper_than_python_nests_blocks() -> None:
    classes: dict[str, Any] = {}
    wires = ["in n0"]
    for depth in range(60):
        classes[f"n{depth}"] = nodes.OddEvenInline if depth % 2 else nodes.Plus
        port = ".even" if depth % 2 else ""
        wires += [f"n{depth}{port} n{depth + 1}", f"n{depth}{port} out{depth}"] if depth < 59 else []
    bench = Bench(classes, wires)
    assert len(bench.run(1)) == 3  # 2 at out0, then even at n1: out1, then 3 at out2 and odd at n3: the end


@given(st.lists(st.one_of(st.integers(-100, 100), st.text(max_size=2)), max_size=30), st.data())
def test_inlined_and_called_nodes_do_the_same_on_random_chains(payloads: list[Any], data: st.DataObject) -> None:
    """The same random graph twice: once with nodes pasted in, once with nodes called."""
    size = data.draw(st.integers(1, 6))
    kinds = [data.draw(st.sampled_from(["plus", "odd-even", "below", "twice"])) for _ in range(size)]
    wires = []
    for number, _kind in enumerate(kinds):
        before = data.draw(st.integers(-1, number - 1))
        port = ""
        if before >= 0 and kinds[before] == "odd-even":
            port = data.draw(st.sampled_from([".odd", ".even"]))
        wires.append(f"{'in' if before < 0 else f'n{before}'}{port} n{number}")
    for number, kind in enumerate(kinds):
        if data.draw(st.booleans()):
            wires.append(f"n{number}{'.odd' if kind == 'odd-even' else ''} out{number}")

    def bench(plus: Any, odd_even: Any) -> Bench:
        table = {"plus": plus, "odd-even": odd_even, "below": (nodes.Below, {"limit": 50}), "twice": nodes.Twice}
        return Bench({f"n{number}": table[kind] for number, kind in enumerate(kinds)}, wires)

    called, pasted = bench(nodes.Plus, nodes.OddEven), bench(nodes.PlusInline, nodes.OddEvenInline)
    assert called.run(*payloads) == pasted.run(*payloads)
    assert [(node, payload) for node, _, payload in called.failed] == [
        (node, payload) for node, _, payload in pasted.failed
    ]
    assert called.passed() == pasted.passed()


def test_errors_of_the_node_itself_are_kept_as_they_are() -> None:
    bench = Bench({"a": nodes.Plus}, ["in a", "a out"])
    seen: list[Exception] = []
    bench.world.fail = lambda node, error, msg, delivery: seen.append(error)
    compile_chain(bench.world, bench.world.wires_from["in", "out"]).run([Message("x")], None)
    assert isinstance(seen[0], BadData)


class Marked(Transform, type="test/marked"):
    """Set unit and quality, and keep the payload as another property."""

    def process(self, msg: Message) -> Message:
        return msg.replace(quality="uncertain").with_properties(unit="degC", raw=msg.payload)

    def inline(self) -> Inline:
        names = {"unit": "degC", "quality_": "uncertain"}
        return Inline(quality="quality_", properties={"unit": "unit", "raw": "payload"}, names=names)


class MarkedByCall(Marked, type="test/marked-by-call"):
    """The same, called."""

    def inline(self) -> None:  # type: ignore[override]
        return None


class Constant(Marked, type="test/constant"):
    """Set a constant property, as most do."""

    def process(self, msg: Message) -> Message:
        return msg.with_properties(unit="degC")

    def inline(self) -> Inline:
        return Inline(properties={"unit": "unit"}, names={"unit": "degC"})


def _messages_of(fresh: bool, *given_: Message, **classes: Any) -> list[Message]:
    """Pass messages through a row of nodes and return what comes out."""
    names = ["in", *classes, "out"]
    bench = Bench(classes, [f"{a} {b}" for a, b in itertools.pairwise(names)])
    out: list[Message] = []
    bench.world.puts = lambda wire: (lambda msg, delivery: out.append(msg)) if wire.target == "out" else None
    bench.world.stamps = lambda size: (5.0, "x.", ["0", "1", "2"])
    compile_chain(bench.world, bench.world.wires_from["in", "out"], fresh).run(list(given_), None)
    assert bench.failed == []
    return out


def test_quality_and_properties_set_by_an_expression_are_those_set_by_a_call() -> None:
    messages = [Message(1, "t", 2.0, "bad", "a", {"unit": "bar", "kept": 1}), Message(2, id="b")]
    for others in ({}, {"then": nodes.PlusInline}, {"then": nodes.Plus}):
        pasted = _messages_of(False, *messages, mark=Marked, **others)
        called = _messages_of(False, *messages, mark=MarkedByCall, **others)
        assert pasted == called
        assert pasted[0].properties == {"unit": "degC", "kept": 1, "raw": 1}


def test_a_message_that_has_further_properties_keeps_them_beside_a_constant_one() -> None:
    messages = [Message(1, id="a"), Message(2, id="b", properties={"kept": 1})]
    plain, rich = _messages_of(False, *messages, mark=Constant)
    assert plain.properties == {"unit": "degC"}
    assert rich.properties == {"unit": "degC", "kept": 1}
    assert messages[0].properties == {}


def test_fresh_messages_get_the_time_and_id_they_lack_and_keep_what_they_have() -> None:
    messages = [Message(1), Message(2, time=3.0), Message(3, time=4.0, id="own")]
    for classes in ({}, {"a": nodes.PlusInline}, {"a": nodes.Plus}, {"a": Constant}):
        out = _messages_of(True, *messages, **classes)
        assert [(msg.time, msg.id) for msg in out] == [(5.0, "x.0"), (3.0, "x.1"), (4.0, "own")]
    assert _messages_of(True, messages[2])[0] is messages[2]


@pytest.mark.parametrize("passed_on", [[], ["in e", "e oute", "in out"]])
def test_many_branches_get_the_stamped_message_and_are_counted_each_for_itself(passed_on: list[str]) -> None:
    kinds = {
        "a": Constant,
        "b": nodes.PlusInline,
        "c": Marked,
        "d": Constant,
        **({"e": nodes.Plus} if passed_on else {}),
    }
    bench = Bench(kinds, [*(f"in {name}" for name in "abcd"), *(f"{name} out{name}" for name in "abcd"), *passed_on])
    out: dict[str, list[Message]] = defaultdict(list)
    failed: list[tuple[str, Message]] = []

    def put(wire: PlannedWire) -> Any:
        return (lambda msg, _: out[wire.target].append(msg)) if wire.target.startswith("out") else None

    bench.world.puts = put
    bench.world.fail = lambda node, error, msg, delivery: failed.append((node, msg))
    bench.world.stamps = lambda size: (5.0, "x.", ["0", "1"])
    bench.chain = compile_chain(bench.world, bench.world.wires_from["in", "out"], fresh=True)
    bench.run("text", 1)
    first, second = Message("text", time=5.0, id="x.0"), Message(1, time=5.0, id="x.1")
    assert out["outa"] == out["outd"] == [msg.with_properties(unit="degC") for msg in (first, second)]
    assert out["outb"] == [second.with_payload(2)]
    assert out["out"] == ([first, second] if passed_on else [])
    assert failed == [(name, first) for name in kinds if name in "be"]
    counts = bench.passed()
    assert [counts[f"in {name}"] for name in kinds] == [2] * len(kinds)
    assert {name: counts[f"{name} out{name}"] for name in kinds} == {n: 1 if n in "be" else 2 for n in kinds}


def test_a_failed_message_is_told_with_all_that_had_changed_by_then() -> None:
    wires = ["in a", "a b", "b c", "c out"]
    bench = Bench({"a": Marked, "b": nodes.PlusInline, "c": nodes.Breaks}, wires)
    failed: list[Message] = []
    bench.world.fail = lambda node, error, msg, delivery: failed.append(msg)
    bench.world.stamps = lambda size: (5.0, "x.", ["0", "1"])
    bench.chain = compile_chain(bench.world, bench.world.wires_from["in", "out"], fresh=True)
    bench.run(1, "text")
    assert failed == [
        Message(2, "", 5.0, "uncertain", "x.0", {"unit": "degC", "raw": 1}),
        Message("text", "", 5.0, "uncertain", "x.1", {"unit": "degC", "raw": "text"}),
    ]


def test_a_form_may_explain_what_its_expressions_raise() -> None:
    class Half(Transform, type="test/half"):
        """Divide by the payload."""

        def process(self, msg: Message) -> Message:
            raise NotImplementedError

        def inline(self) -> Inline:
            return Inline(payload="1 / payload", explain=lambda error: BadData(f"line 1: {error}"))

    bench = Bench({"a": Half}, ["in a", "a out"])
    assert bench.run(0, 2) == [("out", 0.5)]
    assert bench.failed == [("a", "line 1: division by zero", 0)]


class Halved(Transform, type="test/halved"):
    """Halve numbers; nothing goes on of what is None, and a text is refused."""

    def process(self, msg: Message) -> Message | None:
        if msg.payload is None:
            return None
        if isinstance(msg.payload, str):
            raise BadData(f"{msg.payload} is no number")
        return msg.replace(payload=msg.payload / 2, quality="uncertain").with_properties(halved=True)

    def inline(self) -> Inline:
        return Inline(
            usual="payload.__class__ is float and (half_ := payload / 2) is not None and quality == doubt",
            payload="half_",
            quality="doubt",
            further="{**properties, 'halved': True}",
            names={"float": float, "doubt": "uncertain"},
        )


class HalvedByCall(Halved, type="test/halved-by-call"):
    """The same, called."""

    def inline(self) -> None:  # type: ignore[override]
        return None


def test_what_is_not_the_usual_message_of_a_form_is_given_to_process() -> None:
    messages = [
        Message(2.0, "t", 2.0, "uncertain", "a", {"kept": 1}),
        Message(3.0, quality="uncertain"),
        Message(4, quality="good", id="b"),
        Message(5.0),
        Message(None),
    ]
    for fresh in (False, True):
        for others in ({}, {"then": nodes.PlusInline}, {"then": nodes.Plus}):
            pasted = _messages_of(fresh, *messages[:3], half=Halved, **others)
            assert pasted == _messages_of(fresh, *messages[:3], half=HalvedByCall, **others)
            assert [msg.properties["halved"] for msg in pasted] == [True] * 3
    assert _messages_of(False, *messages[3:], half=Halved) == _messages_of(False, *messages[3:], half=HalvedByCall)


def test_what_fails_or_ends_beside_the_usual_is_told_and_counted_like_a_call() -> None:
    pasted, called = (Bench({"a": cls, "b": nodes.Plus}, ["in a", "a b", "b out"]) for cls in (Halved, HalvedByCall))
    for bench in (pasted, called):
        bench.run(2.0, "text", None, 4)
    assert pasted.caught == called.caught == [("out", 2.0), ("out", 3.0)]
    assert pasted.failed == called.failed == [("a", "text is no number", "text")]
    assert pasted.passed() == called.passed() == {"in a": 4, "a b": 2, "b out": 2}
