"""Plans as data, the node at work on a stack, and why a worker ended."""

from __future__ import annotations

import asyncio
import gc
import inspect
import itertools
import os
import signal
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from flowengine.errors import DeployFailed
from flowengine.flow.file import from_data
from flowengine.flow.plan import Plan, plan_flow
from flowengine.flow.project import Project
from flowengine.message import Message
from flowengine.processes.black_box import BlackBox, Culprit, note
from flowengine.processes.culprit import at_work, at_work_in
from flowengine.processes.image import load, pack_plan, places_of, unpack_plan
from flowengine.processes.plan_change import pack_change, unpack_change
from flowengine.registry import Registry
from flowengine.runtime.engine import Engine
from flowengine.workers.fall import Sentence, fall_of, pause_after
from tests.web.patience import PATIENCE


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.discover()


@pytest.fixture
def box() -> Iterator[BlackBox]:
    box = BlackBox()
    yield box
    box.close()


def plan(registry: Registry, **nodes: Any) -> Plan:
    names = list(nodes)
    wires: list[dict[str, Any]] = [{"from": a, "to": b} for a, b in itertools.pairwise(names)]
    wires[0]["queue"] = {"size": 7, "max_age": 2.5}
    flow = from_data({"flowengine": 1, "name": "test", "environment": {"A": "b"}, "nodes": nodes, "wires": wires})
    assert flow is not None
    return plan_flow(flow, Project.of(flow), registry)


def simple(registry: Registry) -> Plan:
    return plan(
        registry,
        tick={"type": "timing/every", "options": {"interval": 3600}},
        sum={"type": "values/expression", "options": {"expression": "payload + 1"}},
        show={"type": "debug/counter"},
    )


def test_a_plan_comes_back_as_it_was(registry: Registry) -> None:
    before = simple(registry)
    types = load(places_of(registry))
    assert {name: found.cls for name, found in registry.types.items()} == types
    assert unpack_plan(pack_plan(before), types) == before
    with pytest.raises(DeployFailed, match="timing/every"):
        unpack_plan(pack_plan(before), {})


def test_a_change_of_a_plan_carries_only_what_differs_and_leaves_the_rest_as_it_is(registry: Registry) -> None:
    types = load(places_of(registry))
    old = simple(registry)
    faster = replace(old.nodes["tick"], options={"interval": 1})
    new = replace(old, nodes={**old.nodes, "tick": faster}, environment={"A": "c"})
    there = unpack_plan(pack_plan(old), types)
    data = pack_change(old, new)
    changed = unpack_change(data, there, types)
    assert changed == new
    assert [name for name in new.nodes if changed.nodes[name] is there.nodes[name]] == ["sum", "show"]
    assert changed.wires is there.wires
    assert b"values/expression" not in data

    other = replace(old.wires[1], out="error")
    rewired = replace(old, wires=(other, old.wires[0]))
    assert unpack_change(pack_change(old, rewired), there, types) == rewired
    assert unpack_change(pack_change(old, rewired), there, types).wires[1] is there.wires[0]

    shorter = replace(old, nodes={name: old.nodes[name] for name in ("show", "tick")}, wires=old.wires[:0])
    assert unpack_change(pack_change(old, shorter), there, types) == shorter
    assert list(unpack_change(pack_change(old, shorter), there, types).nodes) == ["show", "tick"]


def test_the_node_on_a_stack_is_found_also_where_a_chain_has_it_pasted_in(registry: Registry) -> None:
    found: list[Culprit | None] = []

    class Look:
        """A payload that looks at the stack when it is added to."""

        def __add__(self, other: object) -> int:
            found.append(at_work(sys._getframe()))
            return 1

    async def main() -> None:
        engine = Engine(environment={})
        await engine.deploy(
            plan(
                registry,
                tick={"type": "timing/every", "options": {"interval": 3600}},
                code={"type": "values/python", "options": {"code": "return msg.with_payload(msg.payload + 1)"}},
                show={"type": "debug/counter"},
            )
        )
        engine.inject("test", "code", Message(Look()))
        await engine.stop(0)

    asyncio.run(main())
    assert [(one and (one.flow, one.node)) for one in found] == [("test", "code")]


def test_the_engines_own_code_is_nobodys() -> None:
    assert at_work(sys._getframe()) is None
    assert at_work(None) is None


@contextmanager
def elsewhere(work: Callable[[], object]) -> Iterator[int]:
    """Run a function in a thread, and return that; the function must come to its end by itself."""
    thread = threading.Thread(target=work)
    thread.start()
    assert thread.ident is not None
    try:
        yield thread.ident
    finally:
        thread.join()


def test_no_finalizer_runs_while_the_stack_of_another_thread_is_read() -> None:
    ran_below: list[set[str]] = []

    class Late:
        def __init__(self) -> None:
            self.own = self

        def __del__(self) -> None:
            frame, names = sys._getframe(), set[str]()
            while frame.f_back is not None:
                frame = frame.f_back
                names.add(frame.f_code.co_name)
            ran_below.append(names)

    def deep(calls: int) -> object:
        return deep(calls - 1) if calls else over.wait(PATIENCE)

    over, rhythm = threading.Event(), gc.get_threshold()
    gc.collect()
    with elsewhere(lambda: deep(50)) as thread:
        gc.disable()
        for _ in range(5):
            Late()
        gc.set_threshold(1, 1, 1)
        gc.enable()
        try:
            at_work_in(thread)
        finally:
            gc.set_threshold(*rhythm)
            over.set()
    gc.collect()
    assert len(ran_below) == 5
    assert not any(at_work_in.__name__ in names for names in ran_below)
    assert gc.isenabled()


def test_a_look_at_a_function_keeps_nothing_alive_and_changes_nothing_that_it_sees() -> None:
    looked, let_go, over = threading.Event(), threading.Event(), threading.Event()
    refs: list[weakref.ref[object]] = []
    seen: list[list[str]] = []

    def work() -> None:
        thing: object = threading.Event()
        refs.append(weakref.ref(thing))
        assert looked.wait(PATIENCE)
        thing = None
        let_go.set()
        assert over.wait(PATIENCE)

    def with_locals() -> None:
        own, told = 1, locals()
        assert over.wait(PATIENCE)
        seen.append([name for name in told if name == "own"] * own)

    with elsewhere(with_locals) as other, elsewhere(work) as thread:
        at_work_in(other)
        at_work_in(thread)
        looked.set()
        assert let_go.wait(PATIENCE)
        assert refs[0]() is None
        over.set()
    assert seen == [["own"]]


def test_what_a_worker_left_behind_says_who_is_to_blame(registry: Registry, box: BlackBox) -> None:
    plans = {"test": simple(registry), "other": simple(registry)}
    note(box.files[0], Culprit("test", "sum", "line 1 of f"))
    fall = fall_of(-signal.SIGKILL, Sentence("hang", 5.2), box, plans)
    assert (fall.flow, fall.node) == ("test", "sum")
    assert "for 5 s" in str(fall)
    assert "line 1 of f" in str(fall)
    note(box.files[0], None)
    assert box.culprit() is None
    assert fall_of(3, None, box, plans).flow == ""
    assert fall_of(3, None, box, {"test": plans["test"]}).flow == "test"
    assert "SIGSEGV" in str(fall_of(-signal.SIGSEGV, None, box, plans))
    assert "200 MB" in str(fall_of(-9, Sentence("memory", 300e6, 200e6), box, plans))


def test_a_trace_leads_to_the_nodes_of_the_class_whose_file_it_was_in(registry: Registry, box: BlackBox) -> None:
    file = inspect.getfile(registry.types["values/expression"].cls)
    trace = f'Fatal Python error\n\nCurrent thread 0x1 (most recent call first):\n  File "{file}", line 9 in process\n'
    os.pwrite(box.files[1], trace.encode(), 0)
    fall = fall_of(-11, None, box, {"test": simple(registry)})
    assert (fall.node, fall.stack) == ("sum", f"{file}:9 in process")
    twice = plan(
        registry,
        one={"type": "values/expression", "options": {"expression": "payload"}},
        two={"type": "values/expression", "options": {"expression": "payload"}},
    )
    fall = fall_of(-11, None, box, {"test": twice})
    assert (fall.flow, fall.node, fall.suspects) == ("test", "", ("one", "two"))


def test_pauses_double_up_to_half_a_minute() -> None:
    assert [pause_after(falls) for falls in (1, 2, 3, 8, 9, 10_000)] == [0.2, 0.4, 0.8, 25.6, 30.0, 30.0]
