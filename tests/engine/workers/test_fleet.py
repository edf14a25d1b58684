"""Flows in workers are seen and moved as in one process."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from dataclasses import replace
from typing import Any

import pytest

from flowengine.errors import BadData, DeployFailed, NotFound
from flowengine.flow.file import from_data
from flowengine.flow.plan import Plan
from flowengine.message import Message
from flowengine.service import Service
from flowengine.workers.fleet import Fleet
from flowengine.workers.frames import Inject, Shared
from tests.engine.workers.conftest import House, python, until


def plan_of(service: Service, name: str, flow: dict[str, Any]) -> Plan:
    found = from_data({**flow, "name": name})
    assert found is not None
    return service.plan(found)


def count(fleet: Fleet, flow: str, node: str = "count") -> int:
    nodes = fleet.look(flow).nodes
    return nodes[node].received if node in nodes else 0


def test_a_flow_runs_in_a_process_of_its_own_and_everything_of_it_can_be_seen(house: House) -> None:
    widgets = python("return msg")
    widgets["nodes"]["gauge"] = {"type": "dashboard/value", "options": {"title": "Speed"}}
    widgets["nodes"]["line"] = {"type": "dashboard/chart"}
    widgets["nodes"]["slider"] = {"type": "dashboard/slider"}
    widgets["wires"] += [
        {"from": "slider", "to": "gauge"},
        {"from": "slider", "to": "show"},
        {"from": "slider", "to": "line"},
    ]
    house.write(one=python("return msg"), two=widgets)

    async def main(service: Service, fleet: Fleet) -> None:
        assert list(fleet.flows) == ["one", "two"]
        assert len({fleet.flows[name].seat.pid for name in fleet.flows}) == 2
        token = fleet.watch("two")
        fleet.widgets()
        await until(lambda: count(fleet, "two") > 3)
        await until(lambda: fleet.look("two").nodes["code"].newest)
        await fleet.operate("two", "slider", 42)
        with pytest.raises(BadData):
            await fleet.operate("two", "slider", "x")
        with pytest.raises(NotFound, match="no running node"):
            await fleet.inject("two", "nobody", Message(1))
        shown = {widget.node: widget for widget in fleet.widgets()}
        assert (shown["gauge"].title, shown["line"].grows) == ("Speed", True)
        await until(lambda: (shown["gauge"].shown() or {}).get("value") == 42)
        await fleet.refresh()
        assert shown["line"].shown()["series"][0]["v"] == [42]
        item = await until(lambda: next((i for i in fleet.observer.debug.since(0) if i.value == 42), None))
        assert (item.flow, item.node) == ("two", "show")
        seen = fleet.look("two").nodes["slider"].newest
        assert seen is not None
        assert (await fleet.way(seen.msg.id)).hops[0].node == "slider"
        fleet.unwatch(token)
        snapshot = service.snapshot()
        assert snapshot["flows"]["two"]["nodes"]["slider"]["sent"] == 1
        assert {"from": "slider.out", "to": "gauge.in", "passed": 1} in snapshot["flows"]["two"]["wires"]
        assert fleet.memory > 1e6
        await fleet.undeploy("one")
        with pytest.raises(NotFound):
            fleet.look("one")
        assert len(fleet.seats) == 1

    house.run(main)


def test_a_deploy_restarts_only_what_differs_and_a_bad_one_leaves_what_runs(house: House) -> None:
    flow = python("return msg")
    house.write(one=flow)

    async def main(service: Service, fleet: Fleet) -> None:
        await until(lambda: count(fleet, "one") > 2)
        process = fleet.flows["one"].seat.pid
        outcome = await fleet.deploy(plan_of(service, "one", python("return msg.with_payload(1)")))
        assert (outcome.restarted, "tick" in outcome.kept) == (("code",), True)
        before = count(fleet, "one")
        with pytest.raises(DeployFailed, match=r"code.*the revision before it runs on"):
            await fleet.deploy(plan_of(service, "one", python("return msg", setup="1 / 0")))
        with pytest.raises(DeployFailed, match=r"exit code 3.*the revision before it is started again"):
            await fleet.deploy(plan_of(service, "one", python("return msg", setup="import os; os._exit(3)")))
        with pytest.raises(DeployFailed, match="exit code 3"):
            await fleet.deploy(plan_of(service, "new", python("return msg", setup="import os; os._exit(3)")))
        assert list(fleet.flows) == ["one"]
        await until(lambda: fleet.flows["one"].seat.pid not in (0, process))
        await until(lambda: not fleet.flows["one"].trouble and count(fleet, "one") > 0)
        assert before > 0
        plan = fleet.flows["one"].plan
        faster = replace(plan.nodes["tick"], options={**plan.nodes["tick"].options, "interval": 0.04})
        bad, good = (replace(plan.nodes["code"], options={"code": code}) for code in ("return (", "return msg"))
        with pytest.raises(DeployFailed):
            await fleet.deploy(replace(plan, nodes={**plan.nodes, "tick": faster, "code": bad}))
        outcome = await fleet.deploy(replace(plan, nodes={**plan.nodes, "tick": faster, "code": good}))
        assert set(outcome.restarted) == {"tick", "code"}  # what had been told of the bad one does not count

    house.run(main)


async def held_at_its_beginning(fleet: Fleet, seat: int) -> int:
    """Stop a worker in the moment it is born, and return its process: it has heard nothing yet, or not yet begun."""
    while len(fleet.seats) <= seat or fleet.seats[seat].child is None:
        await asyncio.sleep(0)
    os.kill(fleet.seats[seat].pid, signal.SIGSTOP)
    return fleet.seats[seat].pid


def test_a_worker_that_is_only_beginning_misses_no_value_of_the_context_global(house: House) -> None:
    house.write(writer=python("return msg"))

    async def main(service: Service, fleet: Fleet) -> None:
        code = "return msg.with_payload(context('global').get('number'))"
        deploy = asyncio.ensure_future(fleet.deploy(plan_of(service, "reader", python(code))))
        process = await held_at_its_beginning(fleet, 1)
        fleet._share(fleet.seats[0], Shared("number", 1))
        fleet._share(fleet.seats[0], Shared("number", 42))
        inject = asyncio.ensure_future(fleet.seats[1].ask(Inject("reader", "code", Message(0), "")))
        await asyncio.sleep(0)
        os.kill(process, signal.SIGCONT)
        with pytest.raises(NotFound):
            await inject
        await deploy
        fleet.watch("reader")
        await until(lambda: fleet.look("reader").nodes["code"].newest)
        seen = fleet.look("reader").nodes["code"].newest
        assert seen is not None
        assert seen.msg.payload == 42

    house.run(main)


def test_a_deploy_that_is_given_up_while_its_worker_begins_leaves_no_half_begun_worker(house: House) -> None:
    house.write(one=python("return msg"))

    async def main(service: Service, fleet: Fleet) -> None:
        deploy = asyncio.ensure_future(fleet.deploy(plan_of(service, "two", python("return msg"))))
        process = await held_at_its_beginning(fleet, 1)
        await asyncio.sleep(0)
        deploy.cancel()
        await asyncio.gather(deploy, return_exceptions=True)
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGCONT)
        await fleet.deploy(plan_of(service, "two", python("return msg")))
        await until(lambda: count(fleet, "two") > 1)
        assert fleet.flows["two"].seat.pid != process

    house.run(main)


def test_values_of_the_context_global_are_shared_by_all_workers(house: House) -> None:
    house.write(
        writer=python("context('global').set('shared.number', msg.payload)\nreturn msg"),
        reader=python("return msg.with_payload(context('global').get('shared.number'))"),
    )

    async def main(service: Service, fleet: Fleet) -> None:
        fleet.watch("reader")

        def newest() -> Any:
            seen = fleet.look("reader").nodes["code"].newest
            return seen and seen.msg.payload

        await until(lambda: (newest() or 0) > 3)
        assert fleet.shared.get("shared.number") > 0

    house.run(main)


def test_dead_letters_and_failures_of_all_workers_come_together(house: House) -> None:
    bad = python("if msg.payload == 'bad':\n    raise ValueError('no')\nreturn msg")
    house.write(one=bad, two=bad)

    async def main(service: Service, fleet: Fleet) -> None:
        for name in fleet.flows:
            await fleet.inject(name, "code", Message("bad", id=name))
        await until(lambda: len(service.dead_letters) == 2)
        assert {letter.flow for letter in service.letters()} == {"one", "two"}
        await until(lambda: {fault.node for fault in fleet.faults.all() if fault.active} >= {"code"})
        number = service.letters("one")[0].id
        assert (await service.replay([number])).done == (number,)
        await until(lambda: len(service.dead_letters) == 2)  # it failed again
        assert service.letters("one")[0].id != number

    house.run(main)


def test_flows_share_workers_where_there_are_more_than_allowed_or_a_connection_is_the_only_one(house: House) -> None:
    connection = {"broker": {"type": "mqtt/broker", "options": {"port": 1, "client_id": "me"}}}
    sub = {"type": "mqtt/subscribe", "options": {"connection": "broker", "topic": "a"}}
    alike = python("return msg", connections=connection)
    alike["nodes"]["in"] = sub
    house.write(a=alike, b=python("return msg"), c=alike, d=python("return msg"), e=python("return msg"))

    async def main(service: Service, fleet: Fleet) -> None:
        assert len(fleet.seats) == 3
        assert fleet.flows["a"].seat is fleet.flows["c"].seat
        assert fleet.flows["e"].seat is not fleet.flows["a"].seat  # where fewer nodes are
        alone = json.loads((house.folder / "a.json").read_text())
        alone["connections"]["broker"]["options"]["client_id"] = "another"
        await fleet.deploy(plan_of(service, "a", alone))
        assert fleet.flows["a"].seat is fleet.flows["c"].seat  # where it is, it may stay
        tied = {**json.loads((house.folder / "c.json").read_text()), "name": "b"}
        outcome = await fleet.deploy(plan_of(service, "b", tied))
        assert fleet.flows["b"].seat is fleet.flows["c"].seat
        assert (len(fleet.seats), outcome.kept) == (3, ())
        await until(lambda: count(fleet, "b") > 0)

    house.run(main, most=3)


def test_a_worker_whose_parent_is_gone_ends_at_once_and_leaves_all_to_the_next(house: House) -> None:
    waiting = {
        "flowengine": 1,
        "delivery": "at-least-once",
        "connections": {"broker": {"type": "mqtt/broker", "options": {"host": "127.0.0.1", "port": 1}}},
        "nodes": {
            "button": {"type": "timing/inject"},
            "out": {"type": "mqtt/publish", "options": {"connection": "broker", "topic": "t", "qos": 1}},
        },
        "wires": [{"from": "button", "to": "out"}],
    }
    house.write(waits=waiting)

    async def main(service: Service, fleet: Fleet) -> None:
        seat = fleet.flows["waits"].seat
        await fleet.inject("waits", "out", Message("under way at a broker that is not there"))
        await until(lambda: count(fleet, "waits", "out"))
        before = seat.child
        assert before is not None
        assert seat._link is not None
        seat._link.close()
        assert await until(lambda: before.gone.done() and before.gone.result()) == -signal.SIGKILL
        await until(lambda: seat.pid not in (0, before.pid))
        assert not service.letters()

    house.run(main)
