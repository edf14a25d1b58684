"""The envelope in force: in the engine's own process and in the field process, over real Modbus TCP."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from flowengine.access.audit import audit_folder, entries
from flowengine.access.trust import read_trust, trust_file, write_trust
from flowengine.errors import NotAllowed, NotFound
from flowengine.safety.verdict import Event
from flowengine.service import machines as machines_module
from flowengine.workers.fleet import Fleet
from flowengine.workers.settings import Workers
from tests.engine.service.guarded_site import Site, both, envelope, site
from tests.plants.signed_envelope import write_envelope


@both
def test_a_flow_commands_a_machine_within_its_limits_once_a_person_has_armed_it(
    tmp_path: Path, workers: Workers | None
) -> None:
    async def main(site: Site) -> None:
        await site.until(lambda: any("not armed" in reason for reason in site.failed()))
        assert site.written() == set()
        await site.act("arm", target="heater")
        await site.until(lambda: site.heater == 100)
        look = await site.service.machines.look()
        assert (look["signed_by"], look["version"], look["refused"]) == ("ot-anna", 1, "")
        assert look["outputs"]["heater"]["told"] == 100
        assert site.written() == {20}
        assert any("is not in the envelope" in reason for reason in site.failed())

    site(tmp_path / "flows", workers, main, value=5000)
    record = [(entry.what, entry.who, entry.about) for entry in entries(audit_folder(tmp_path / "flows"))]
    assert ("envelope", "", "envelope.json") in record
    assert ("guard-armed", "anna", "heater") in record


@both
def test_the_emergency_stop_holds_over_a_restart_and_needs_a_person(tmp_path: Path, workers: Workers | None) -> None:
    async def first(site: Site) -> None:
        await site.act("arm")
        await site.until(lambda: site.heater == 50)
        await site.act("stop", cause="smoke")
        await site.until(lambda: site.heater == 7)

    async def second(site: Site) -> None:
        await site.until(lambda: site.heater == 7)
        assert (await site.service.machines.look())["stops"] == ["smoke"]
        with pytest.raises(NotAllowed, match="smoke"):
            await site.act("arm")
        await site.act("reset-stop")
        await site.act("arm")
        await site.until(lambda: site.heater == 50)

    def again(folder: Path, port: int) -> None:
        write_envelope(folder, {**envelope(port), "version": 2})

    site(tmp_path / "flows", workers, first)
    site(tmp_path / "flows", workers, second, prepare=again)


def test_a_worker_that_stands_still_leaves_its_machine_safe_and_its_successor_goes_on(tmp_path: Path) -> None:
    async def main(site: Site) -> None:
        fleet = site.service.engine
        assert isinstance(fleet, Fleet)
        await site.act("arm")
        await site.until(lambda: site.heater == 50)
        child = fleet.seats[0].child
        assert child is not None
        os.kill(child.pid, signal.SIGSTOP)
        await site.until(
            lambda: site.heater == 7
        )  # the guard, not who looks after hanging workers; soak/silent times it
        os.kill(child.pid, signal.SIGKILL)
        await site.until(lambda: site.heater == 50)

    def prepare(folder: Path, port: int) -> None:
        write_envelope(folder, envelope(port, watchdog=0.5))

    site(tmp_path / "flows", Workers(most=1, hang=60), main, prepare=prepare)


@pytest.mark.parametrize(
    ("workers", "prepare", "reason"),
    [
        (None, lambda folder, port: write_envelope(folder, envelope(port), signed=False), "nobody has signed it"),
        (Workers(most=1), lambda folder, port: write_envelope(folder, envelope(port), signed=False), "nobody has"),
        (None, lambda folder, port: write_envelope(folder, envelope(port, range=[9, 1])), "has 2 errors"),
        (None, lambda folder, port: (folder / "envelope.json").write_text("{"), "errors"),
    ],
    ids=["unsigned", "unsigned, field process", "wrong", "broken"],
)
def test_an_envelope_that_does_not_count_lets_nothing_through(
    tmp_path: Path, workers: Workers | None, prepare: Any, reason: str
) -> None:
    async def main(site: Site) -> None:
        await site.until(lambda: site.failed())
        assert reason in site.failed()[0]
        assert site.written() == set()
        look = await site.service.machines.look()
        assert look["guarded"]
        assert reason in look["refused"]
        with pytest.raises(NotFound, match="envelope"):
            await site.act("arm")

    site(tmp_path / "flows", workers, main, prepare=prepare)


@both
def test_an_envelope_that_was_altered_or_is_older_lets_nothing_through(tmp_path: Path, workers: Workers | None) -> None:
    def alter(folder: Path, port: int) -> None:
        write_envelope(folder, envelope(port))
        file = folder / "envelope.json"
        file.write_text(file.read_text().replace("[0, 100]", "[0, 999]"))

    def version(number: int) -> Any:
        return lambda folder, port: write_envelope(folder, {**envelope(port), "version": number})

    found: list[str] = []

    async def main(site: Site) -> None:
        found.append((await site.service.machines.look())["refused"])

    site(tmp_path / "flows", None, main, prepare=alter)
    site(tmp_path / "flows", None, main, prepare=version(5))
    site(tmp_path / "flows", None, main, prepare=version(4))
    assert "it is not what ot-anna signed" in found[0]
    assert found[1] == ""
    assert "version 5 has been in force already" in found[2]


def test_without_an_envelope_nothing_is_guarded(tmp_path: Path) -> None:
    async def main(site: Site) -> None:
        await site.until(lambda: site.written() == {20, 30})
        assert not (await site.service.machines.look())["guarded"]
        with pytest.raises(NotFound, match="nothing is guarded"):
            await site.act("stop")

    site(tmp_path / "flows", None, main, prepare=lambda folder, port: None)


def test_a_person_writes_by_hand_and_hears_what_was_made_of_it(tmp_path: Path) -> None:
    async def main(site: Site) -> None:
        await site.act("arm")
        await site.act("mode", target="heater", mode="manual")
        assert "cut to 100" in await site.act("write", target="heater", value=400)
        assert site.heater == 100
        await asyncio.sleep(0.3)
        assert site.heater == 100
        with pytest.raises(NotAllowed, match="there is no mode"):
            await site.act("mode", target="heater", mode="wild")
        with pytest.raises(NotAllowed, match="is no number"):
            await site.act("write", target="heater", value="hot")
        with pytest.raises(NotFound, match="no output or group 'press'"):
            await site.act("arm", target="press")

    site(tmp_path / "flows", Workers(most=1), main)


def test_a_sensor_that_flutters_does_not_fill_the_record(tmp_path: Path) -> None:
    async def main(site: Site) -> None:
        for number in range(500):
            site.service.machines._told(Event("safe", "heater", f"too hot, for the {number}th time"))
        site.service.machines._told(Event("disarmed", "heater", "disarmed", "anna"))

    site(tmp_path / "flows", None, main)
    record = [entry for entry in entries(audit_folder(tmp_path / "flows")) if entry.about == "heater"]
    assert [entry.what for entry in record if entry.what == "guard-safe"] == ["guard-safe"]
    assert ("guard-disarmed", "anna") in [(entry.what, entry.who) for entry in record]


def test_a_stop_holds_over_a_field_process_that_is_killed_at_that_moment_and_so_does_its_reset(tmp_path: Path) -> None:
    async def main(site: Site) -> None:
        fleet = site.service.engine
        assert isinstance(fleet, Fleet)
        assert fleet.field is not None

        async def killed() -> list[str]:
            assert fleet.field is not None
            before = fleet.field.pid
            os.kill(before, signal.SIGKILL)
            await site.until(lambda: fleet.field is not None and fleet.field.pid not in (0, before))
            while True:
                try:
                    return list((await site.service.machines.look())["stops"])
                except NotAllowed:
                    await asyncio.sleep(0.02)

        site.service.machines._told(Event("emergency-stop", "", "smoke", "anna"))  # all that got out of the process
        assert await killed() == ["smoke"]
        await site.act("reset-stop")
        assert await killed() == []

    site(tmp_path / "flows", Workers(most=1), main)


def changed(site: Site, **more: Any) -> None:
    """Sign other limits while the engine runs."""
    folder = site.service.folder
    write_envelope(folder, {**envelope(site.slave.port, **more), "version": 2})


@both
def test_a_changed_envelope_is_taken_into_force_while_the_engine_runs_and_what_is_armed_goes_on(
    tmp_path: Path, workers: Workers | None
) -> None:
    async def main(site: Site) -> None:
        await site.act("arm")
        await site.until(lambda: site.heater == 90)
        wrote = len(site.slave.seen)
        changed(site, range=[0, 60])
        await site.until(lambda: site.heater == 60)
        look = await site.service.machines.look()
        assert (look["version"], look["rejected"], look["outputs"]["heater"]["armed"]) == (2, "", True)
        assert len(site.slave.seen) > wrote
        await site.act("stop", cause="smoke")
        await site.until(lambda: site.heater == 7)

    site(tmp_path / "flows", workers, main, value=90)
    record = [entry.details["text"] for entry in entries(audit_folder(tmp_path / "flows")) if entry.what == "envelope"]
    assert record == ["version 1, signed by ot-anna", "version 2, signed by ot-anna"]


def test_an_envelope_that_is_changed_while_the_field_process_is_started_anew_is_taken_when_it_is_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main(site: Site) -> None:
        machines: Any = site.service.machines
        nursery, field, may_begin = machines._fleet.nursery, machines._fleet.field, asyncio.Event()
        spawn = nursery.spawn

        async def spawn_late(*arguments: Any, **more: Any) -> Any:
            await may_begin.wait()
            return await spawn(*arguments, **more)

        monkeypatch.setattr(nursery, "spawn", spawn_late)
        os.kill(field.pid, signal.SIGKILL)
        await site.until(lambda: field._link is None)
        write_envelope(site.service.folder, {**envelope(site.slave.port, range=[0, 60]), "version": 2})
        await site.until(lambda: "the field process is not up" in machines.rejected)
        may_begin.set()
        await site.until(lambda: not machines.rejected)
        look = await machines.look()
        assert (look["version"], look["outputs"]["heater"]["high"]) == (2, 60)

    site(tmp_path / "flows", Workers(most=1), main)


def test_an_envelope_that_cannot_be_noted_is_not_taken_before_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the one before could be put back, and nobody would know that it had been followed by another."""

    def no_space(file: Path, state: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    async def main(site: Site) -> None:
        machines = site.service.machines
        with monkeypatch.context() as full:
            full.setattr(machines_module, "write_state", no_space)
            write_envelope(site.service.folder, {**envelope(site.slave.port), "version": 2})
            await site.until(lambda: "No space left" in machines.rejected)
            assert (await machines.look())["version"] == 1
        await site.until(lambda: not machines.rejected)
        assert (await machines.look())["version"] == 2

    site(tmp_path / "flows", None, main)


@both
@pytest.mark.parametrize("how", ["older", "altered", "unsigned", "broken", "gone"])
def test_a_changed_envelope_that_does_not_count_leaves_the_one_before_in_force_and_rings(
    tmp_path: Path, workers: Workers | None, how: str
) -> None:
    async def main(site: Site) -> None:
        await site.act("arm")
        await site.until(lambda: site.heater == 90)
        file = site.service.folder / "envelope.json"
        if how == "older":
            write_envelope(site.service.folder, {**envelope(site.slave.port, range=[0, 60]), "version": 1})
        elif how == "gone":
            file.unlink()
        elif how == "unsigned":
            (file.parent / "envelope.json.sig").unlink()
        else:
            file.write_text(file.read_text().replace("100", "999") if how == "altered" else "{")
        await site.service.machines.take_changed()
        look = await site.service.machines.look()
        assert look["rejected"]
        assert (look["version"], look["outputs"]["heater"]["high"], look["outputs"]["heater"]["armed"]) == (
            1,
            100,
            True,
        )
        alarms = site.service.alarms
        await site.until(lambda: any(one.name == "guard:envelope-rejected" for one in alarms.look().alarms))
        assert site.heater == 90

    site(tmp_path / "flows", workers, main, value=90)


def test_an_output_that_leaves_the_envelope_is_made_safe_and_one_outside_new_limits_is_too(tmp_path: Path) -> None:
    async def main(site: Site) -> None:
        await site.act("arm")
        await site.until(lambda: site.heater == 90)
        data = envelope(site.slave.port)
        heater = data["outputs"].pop("heater")
        data["outputs"]["other"] = {
            **heater,
            "options": {**heater["options"], "address": 30},
            "writers": ["oven/other"],
        }
        write_envelope(site.service.folder, {**data, "version": 2})
        await site.service.machines.take_changed()
        await site.until(lambda: site.heater == 7)
        look = await site.service.machines.look()
        assert list(look["outputs"]) == ["other"]
        assert not look["outputs"]["other"]["armed"]
        assert 30 not in site.written()

    site(tmp_path / "flows", None, main, value=90)


def test_who_is_trusted_is_looked_at_while_the_engine_runs(tmp_path: Path) -> None:
    async def main(site: Site) -> None:
        file = trust_file(site.service.folder)
        trust = read_trust(file)
        (id,) = trust.keys
        write_trust(file, trust.without(id, "she has left"))
        await site.until(lambda: "has been revoked" in site.service.machines.rejected)
        assert (await site.service.machines.look())["refused"] == "", "what was in force stays, with an alarm"
        write_trust(file, trust)
        await site.until(lambda: site.service.machines.rejected == "")

    site(tmp_path / "flows", None, main)


@both
def test_an_envelope_that_did_not_count_at_the_start_does_once_it_is_signed(
    tmp_path: Path, workers: Workers | None
) -> None:
    async def main(site: Site) -> None:
        write_envelope(site.service.folder, envelope(site.slave.port))
        await site.service.machines.take_changed()
        assert (await site.service.machines.look())["refused"] == ""
        await site.act("arm")
        await site.until(lambda: site.heater == 50)

    site(
        tmp_path / "flows",
        workers,
        main,
        prepare=lambda folder, port: write_envelope(folder, envelope(port), signed=False),
    )
