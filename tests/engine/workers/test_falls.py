"""A flow that hangs, crashes or takes too much memory is named, started again, and disturbs no other."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import textwrap

import pytest

from flowengine.errors import DeployFailed
from flowengine.message import Message
from flowengine.processes import silence
from flowengine.processes.watcher import may_return
from flowengine.service import Service
from flowengine.workers.fleet import Fleet
from tests.engine.workers.conftest import PATIENCE, House, python, until
from tests.engine.workers.test_fleet import count, plan_of

BAD = "if msg.payload == 'bad':\n    "


def test_whatever_a_node_does_it_is_named_and_its_flow_goes_on(house: House, caplog: pytest.LogCaptureFixture) -> None:
    worst = {
        "hangs": (python(BAD + "while True: pass\nreturn msg"), r"did not give .* back for \d s.*loop"),
        "crashes": (python(BAD + "import ctypes; ctypes.string_at(0)\nreturn msg"), "SIGSEGV"),
        "ends": (python(BAD + "import os; os._exit(3)\nreturn msg"), "exit code 3"),
        "leaves": (python(BAD + "raise SystemExit(4)\nreturn msg"), "exit code 4"),
        "floods": (
            python(BAD + "return [msg.with_payload(n) for n in range(10**7)]\nreturn msg"),
            "MB of memory|did not give",
        ),
        "leaks": (python(BAD + "kept.append(b'x' * 10**8)\nreturn msg", "kept = []"), "MB of memory"),
        "sticks": (python(BAD + "re.match('(a+)+$', 'a' * 40 + 'b')\nreturn msg", "import re"), "did not give"),
    }
    house.write(good=python("return msg"), **{name: flow for name, (flow, _) in worst.items()})

    async def main(service: Service, fleet: Fleet) -> None:
        before = {name: flow.seat.pid for name, flow in fleet.flows.items()}
        for name in worst:
            give = asyncio.ensure_future(fleet.inject(name, "code", Message("bad")))
            give.add_done_callback(lambda done: done.cancelled() or done.exception())
            if name == "leaks":
                await fleet.inject(name, "code", Message("bad"))

        def blamed() -> dict[str, str]:
            return {one.flow: one.text for one in fleet.faults.all() if one.node == "code" and one.level == "error"}

        await until(lambda: blamed().keys() >= worst.keys())
        for name, (_, words) in worst.items():
            text = blamed()[name]
            assert re.search(words, text), (name, text)
        await until(lambda: all(fleet.flows[name].seat.pid not in (0, before[name]) for name in worst))
        await until(lambda: all(not flow.trouble and count(fleet, flow.plan.name) for flow in fleet.flows.values()))
        assert fleet.flows["good"].seat.pid == before["good"]
        assert not [one for one in fleet.faults.all() if one.node == "code" and one.active]

    house.run(main, hang=1.5, memory=200_000_000)
    assert re.search(r"crashes/code: its stack, the innermost first: \S+ctypes\S+:\d+ in string_at; ", caplog.text)


def test_a_flow_states_its_own_limits_of_memory_processor_and_silence(house: House) -> None:
    work = "import time\nuntil = time.thread_time() + 0.02\nwhile time.thread_time() < until: pass\nreturn msg"
    slow = BAD + "import time\n    time.sleep(4)\nreturn msg"
    house.write(
        busy=python(work, limits={"cpu": 0.05}),
        slow=python(slow, limits={"hang": 30}),
        large=python(BAD + "kept.append(b'x' * 10**8)\nreturn msg", "kept = []", limits={"memory": 100}),
        free=python(BAD + "kept.append(b'x' * 10**8)\nreturn msg", "kept = []"),
    )

    async def main(service: Service, fleet: Fleet) -> None:
        before = {name: flow.seat.pid for name, flow in fleet.flows.items()}
        for name in ("slow", "large", "free"):
            give = asyncio.ensure_future(fleet.inject(name, "code", Message("bad")))
            give.add_done_callback(lambda done: done.cancelled() or done.exception())
        await until(lambda: niceness(before["slow"]) > niceness(before["free"]))  # it does not get on, so it gives way
        await until(lambda: any("MB of memory" in one.text for one in fleet.faults.all() if one.flow == "large"))
        child = fleet.flows["busy"].seat.child
        assert child is not None
        await until(lambda: child.stopped > 1.0)
        if may_return(niceness(before["free"])):
            await until(lambda: niceness(before["slow"]) == niceness(before["free"]))
        looks = {look.flows[0]: look for look in fleet.processes() if look.flows}
        assert (looks["busy"].cpu_limit, looks["slow"].hang_limit) == (0.05, 30)
        assert looks["busy"].stopped >= 1.0
        assert looks["large"].falls == {"memory": 1}
        assert looks["large"].memory_limit < looks["free"].memory_limit
        assert {name: fleet.flows[name].seat.pid for name in ("busy", "slow", "free")} == {
            name: before[name] for name in ("busy", "slow", "free")
        }

    house.run(main, hang=1.0)


def test_a_flow_that_falls_again_and_again_is_shown_as_failed_until_it_is_mended(house: House) -> None:
    falls = python("return msg", setup="import os, threading\nthreading.Timer(0.1, os._exit, (5,)).start()")
    house.write(good=python("return msg"))

    async def main(service: Service, fleet: Fleet) -> None:
        await fleet.deploy(plan_of(service, "falls", falls))
        await until(lambda: fleet.flows["falls"].seat.falls >= 3)
        found = await until(lambda: fleet.flows["falls"].trouble)
        assert "exit code 5" in found
        (fault,) = [one for one in fleet.faults.all() if one.flow == "falls"]
        assert fault.active
        await fleet.deploy(plan_of(service, "falls", python("return msg")))  # it need not wait for the next attempt
        assert not fleet.flows["falls"].trouble
        await until(lambda: count(fleet, "falls") > 2)
        assert count(fleet, "good") > 2

    house.run(main)


def test_who_brings_a_shared_worker_down_gets_one_alone_and_its_mates_go_on(house: House) -> None:
    house.write(bad=python(BAD + "while True: pass\nreturn msg"), mate=python("return msg"))

    async def main(service: Service, fleet: Fleet) -> None:
        assert fleet.flows["bad"].seat is fleet.flows["mate"].seat
        give = asyncio.ensure_future(fleet.inject("bad", "code", Message("bad")))
        give.add_done_callback(lambda done: done.cancelled() or done.exception())
        await until(lambda: fleet.flows["bad"].seat is not fleet.flows["mate"].seat)
        await until(lambda: not fleet.flows["bad"].trouble and not fleet.flows["mate"].trouble)
        assert [(one.flow, one.node) for one in fleet.faults.all() if one.level == "error"] == [("bad", "code")]
        assert fleet.flows["bad"].seat.alone

    house.run(main, most=1, hang=1.0)


def test_a_killed_worker_is_up_again_and_goes_on_with_what_its_flow_remembers(house: House) -> None:
    house.write(one=python("state['n'] = state.get('n', 0) + 1\nreturn msg.with_payload(state['n'])", every=0.01))

    async def main(service: Service, fleet: Fleet) -> None:
        fleet.watch("one")

        def number(since: float = 0.0) -> int:
            seen = fleet.look("one").nodes["code"].newest
            return 0 if seen is None or seen.msg.time < since else int(seen.msg.payload)

        await until(lambda: number() > 150)
        known, process = number(), fleet.flows["one"].seat.pid
        os.kill(process, signal.SIGKILL)
        await until(lambda: fleet.flows["one"].seat.pid not in (0, process) and not fleet.flows["one"].trouble)
        up = fleet.clock.now()
        assert await until(lambda: number(up)) > known - 120
        assert any("SIGKILL" in one.text for one in fleet.faults.all())
        assert fleet.look("one").restarts == 1
        (look,) = fleet.processes()
        assert (look.up, look.falls) == (True, {"signal": 1})
        assert "SIGKILL" in look.why

    house.run(main)


def test_a_flow_that_hangs_is_ended_in_its_time_though_a_deploy_waits_for_it(house: House) -> None:
    code = "import time\nif msg.payload == 'stuck': time.sleep(100)\nreturn msg"
    house.write(one=python(code))

    async def main(service: Service, fleet: Fleet) -> None:
        stuck = asyncio.ensure_future(fleet.inject("one", "code", Message("stuck")))
        stuck.add_done_callback(lambda done: done.cancelled() or done.exception())
        await until(lambda: fleet.flows["one"].seat._silent > 0.3)
        async with asyncio.timeout(PATIENCE):  # half of what a deploy that has begun may take
            with pytest.raises(DeployFailed, match="did not give the flow's turn back"):
                await fleet.deploy(plan_of(service, "one", python(code.replace("100", "0"))))

    house.run(main, hang=2.0)


def test_a_flow_that_cannot_be_started_again_keeps_no_other_of_its_worker_from_it(house: House) -> None:
    house.write(one=python("state['n'] = 1\nreturn msg"), two=python("state['n'] = 1\nreturn msg"))
    folder = house.folder / ".flowengine" / "flows"

    async def main(service: Service, fleet: Fleet) -> None:
        seat = fleet.flows["one"].seat
        assert fleet.flows["two"].seat is seat
        for name in ("one", "two"):
            (folder / f"{name}.sqlite").rename(folder / f"{name}.away")
            (folder / f"{name}.sqlite").mkdir()
        os.kill(seat.pid, signal.SIGKILL)
        await until(lambda: all("stored state" in fleet.flows[name].trouble for name in ("one", "two")))
        (folder / "two.sqlite").rmdir()
        (folder / "two.away").rename(folder / "two.sqlite")
        await until(lambda: not fleet.flows["two"].trouble)
        assert "stored state" in fleet.flows["one"].trouble

    house.run(main, most=1)


def test_when_the_process_that_forks_the_others_dies_all_flows_come_back(house: House) -> None:
    house.write(one=python("return msg"), two=python("return msg"))

    async def main(service: Service, fleet: Fleet) -> None:
        before = {name: flow.seat.pid for name, flow in fleet.flows.items()}
        zygote = fleet.nursery._zygote
        assert zygote is not None
        os.kill(zygote.pid, signal.SIGKILL)
        await until(lambda: all(flow.seat.pid not in (0, before[name]) for name, flow in fleet.flows.items()))
        await until(lambda: all(count(fleet, name) > 1 and not fleet.flows[name].trouble for name in before))

    house.run(main)


def test_when_the_process_that_forks_the_others_is_stopped_another_takes_its_place(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing else would tell that a worker has died, and nothing else would start one."""
    monkeypatch.setattr(silence, "LONGEST", 0.5)
    house.write(one=python("return msg"))

    async def main(service: Service, fleet: Fleet) -> None:
        zygote, before = fleet.nursery._zygote, fleet.flows["one"].seat.pid
        assert zygote is not None
        os.kill(zygote.pid, signal.SIGSTOP)
        os.kill(before, signal.SIGKILL)
        await fleet.deploy(plan_of(service, "two", python("return msg")))
        await until(lambda: fleet.flows["one"].seat.pid not in (0, before))
        await until(lambda: all(count(fleet, name) > 1 and not fleet.flows[name].trouble for name in ("one", "two")))

    house.run(main)
    assert "the process that forks the others is stopped" in caplog.text


def test_all_can_be_stopped_while_a_node_never_comes_back_from_its_start(house: House) -> None:
    house.write(one=python("return msg"))

    async def main(service: Service, fleet: Fleet) -> None:
        stuck = asyncio.ensure_future(fleet.deploy(plan_of(service, "stuck", python("return msg", "while True: pass"))))
        await until(lambda: len(fleet.seats) == 2 and fleet.seats[1].pid)
        await asyncio.sleep(0.2)
        await asyncio.gather(service.stop(0), return_exceptions=True)
        with pytest.raises(DeployFailed):
            await stuck

    house.run(main)


def test_workers_end_with_their_parent_however_that_ends(house: House) -> None:
    house.write(one=python("while True: pass"))
    program = textwrap.dedent(f"""
        import asyncio, sys
        from pathlib import Path
        from flowengine.registry import Registry
        from flowengine.service import Service
        from flowengine.workers.settings import Workers

        async def main():
            service = Service(Path({str(house.folder)!r}), Registry.discover(), workers=Workers(hang=60))
            await service.start()
            print(service.engine.flows["one"].seat.pid, flush=True)
            await asyncio.sleep(60)

        asyncio.run(main())
    """)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        assert _runs(worker)
        parent.kill()
    asyncio.run(until(lambda: not _runs(worker)))


def niceness(process: int) -> int:
    """Return that of the thread of a worker's loop."""
    assert _runs(process), "it was ended, as if it hung: the machine was away from it"
    return os.getpriority(os.PRIO_PROCESS, process)


def _runs(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
