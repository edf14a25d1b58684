"""The emergency stop beside the web server: at the computer and from a page, also when the engine stands still."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import ssl
import sys
from asyncio.subprocess import DEVNULL
from pathlib import Path
from typing import Any

import msgspec
import pytest

from flowengine.access.audit import audit_folder, entries
from flowengine.access.local import find_local
from flowengine.access.stop_ticket import GOOD_FOR, make_ticket, new_key, user_of
from flowengine.cli.acting import way_in
from flowengine.cli.pressing import press
from flowengine.cli.top.asking import ask
from flowengine.clock import Clock
from flowengine.errors import NotAllowed
from flowengine.field import stop_door
from flowengine.field.stop_door import MOST, PATIENCE, SOCKET, StopDoor, StopWay
from flowengine.settings import STATE_FOLDER
from flowengine.workers.settings import Workers
from flowengine_web import shapes
from tests.engine.service.guarded_site import Site, both, envelope, flow, site
from tests.plants.modbus_certificates import make_certificates
from tests.plants.modbus_slave import Slave, slave_on_tcp
from tests.plants.signed_envelope import write_envelope


async def pressed(
    port: int, body: Any, head: str = "POST /stop HTTP/1.1", tls: ssl.SSLContext | None = None
) -> tuple[int, dict[str, Any]]:
    """Press as a page does; returns the status and what is answered."""
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
    writer.write(f"{head}\r\nHost: 127.0.0.1\r\nContent-Length: {len(raw)}\r\n\r\n".encode() + raw)
    answer = await reader.read()
    writer.close()
    top, _, rest = answer.partition(b"\r\n\r\n")
    return int(top.split()[1]), msgspec.json.decode(rest)


@both
def test_a_page_with_a_ticket_stops_the_machines_and_nothing_else_does(tmp_path: Path, workers: Workers | None) -> None:
    async def main(site: Site) -> None:
        machines = site.service.machines
        await machines.open_stop_port("127.0.0.1")
        await site.act("arm")
        await site.until(lambda: site.heater == 50)
        port, ticket = machines.stop_port, machines.stop_ticket("anna")
        forged = make_ticket(new_key(), "anna", 1e12)
        bodies: list[Any] = [{"ticket": forged}, {"ticket": ""}, {"ticket": ticket[:-2]}, [], b"{", {"ticket": 5}]
        for body in bodies:
            assert (await pressed(port, body))[0] == 403
        assert (await pressed(port, {"ticket": ticket}, "GET /stop HTTP/1.1"))[0] == 404
        assert (await pressed(port, {"ticket": ticket}, "POST /arm HTTP/1.1"))[0] == 404
        assert (await pressed(port, b"x" * 5000))[0] == 400
        assert (await machines.look())["stops"] == []
        assert await pressed(port, {"ticket": ticket, "cause": "smoke"}) == (200, {"stopped": True, "reason": ""})
        await site.until(lambda: site.heater == 7)
        assert (await machines.look())["stops"] == ["smoke"]

    site(tmp_path / "flows", workers, main)
    record = [(entry.what, entry.who) for entry in entries(audit_folder(tmp_path / "flows"))]
    assert ("guard-emergency-stop", "anna") in record


@both
def test_who_owns_the_state_folder_stops_at_the_guard_itself(tmp_path: Path, workers: Workers | None) -> None:
    async def main(site: Site) -> None:
        folder = site.service.folder
        file = folder / STATE_FOLDER / SOCKET
        assert file.stat().st_mode & 0o777 == 0o600
        await site.act("arm")
        await site.until(lambda: site.heater == 50)
        assert await asyncio.to_thread(press, str(folder), None, None, "smoke")
        await site.until(lambda: site.heater == 7)
        assert (await site.service.machines.look())["stops"] == ["smoke"]

    site(tmp_path / "flows", workers, main)
    assert not (tmp_path / "flows" / STATE_FOLDER / SOCKET).exists()
    assert not press(str(tmp_path / "flows"), None, None, "smoke")


def test_a_door_that_is_held_open_keeps_nobody_from_stopping(tmp_path: Path) -> None:
    async def main(site: Site) -> None:
        machines = site.service.machines
        await machines.open_stop_port("127.0.0.1")
        await site.act("arm")
        idle = [socket.create_connection(("127.0.0.1", machines.stop_port)) for _ in range(7 * MOST)]
        async with asyncio.timeout(6.5 * PATIENCE):  # whoever waited for each of those before would take longer
            assert (await pressed(machines.stop_port, {"ticket": machines.stop_ticket("anna")}))[0] == 200
            assert await asyncio.to_thread(press, str(site.service.folder), None, None, "smoke")
        for one in idle:
            one.close()

    site(tmp_path / "flows", Workers(most=1), main)


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_connections_that_say_nothing_are_bounded_in_number_also_before_their_handshake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tls: bool
) -> None:
    """However long each may last: it is the number that is judged here, and that a press comes through."""
    monkeypatch.setattr(stop_door, "PATIENCE", 600.0)
    pressed_by: list[str] = []
    way, trusted = StopWay(new_key()), None
    if tls:
        made = make_certificates(tmp_path)
        way = StopWay(way.key, str(made.device), str(made.device_key))
        trusted = ssl.create_default_context(cafile=made.ca)

    async def main() -> None:
        door = StopDoor(lambda cause, who: pressed_by.append(who), way, Clock())
        listening = socket.create_server(("127.0.0.1", 0), backlog=4 * MOST)
        port = listening.getsockname()[1]
        await door.open(listening)
        silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3 * MOST)]
        assert (await pressed(port, {"ticket": make_ticket(way.key, "anna", Clock().now())}, tls=trusted))[0] == 200
        async with asyncio.timeout(30):
            while sum(not reader.at_eof() for reader, _ in silent) > MOST:
                await asyncio.sleep(0.02)
        door.close()
        for _, writer in silent:
            writer.close()

    asyncio.run(main())
    assert pressed_by == ["anna"]


def test_a_field_process_that_is_started_anew_has_the_same_door(tmp_path: Path) -> None:
    async def main(site: Site) -> None:
        machines: Any = site.service.machines
        await machines.open_stop_port("127.0.0.1")
        field = machines._fleet.field
        before = field.pid
        os.kill(before, signal.SIGKILL)
        await site.until(lambda: field.pid not in (0, before) and field._link is not None)
        assert (await pressed(machines.stop_port, {"ticket": machines.stop_ticket("anna")}))[0] == 200

    site(tmp_path / "flows", Workers(most=1), main)


def test_a_stop_that_is_pressed_while_the_field_process_is_started_anew_holds_from_its_first_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main(site: Site) -> None:
        field: Any = site.service.machines._fleet.field  # type: ignore[union-attr]
        await site.act("arm")
        await site.until(lambda: site.heater == 50)
        may_begin, spawn = asyncio.Event(), field._fleet.nursery.spawn

        async def spawn_late(*arguments: Any, **more: Any) -> Any:
            await may_begin.wait()
            return await spawn(*arguments, **more)

        monkeypatch.setattr(field._fleet.nursery, "spawn", spawn_late)
        os.kill(field.pid, signal.SIGKILL)
        await site.until(lambda: field._link is None)
        assert "the stop holds then" in await site.act("stop", cause="smoke")
        assert "the stop holds then" in await site.act("stop", cause="the second press")
        with pytest.raises(NotAllowed, match="the field process is not up"):
            await site.act("arm")
        may_begin.set()
        await site.until(lambda: field._guarded)
        assert (await site.service.machines.look())["stops"] == ["smoke"]
        with pytest.raises(NotAllowed, match="stop"):
            await site.act("arm")
        await site.until(lambda: site.heater == 7)

    site(tmp_path / "flows", Workers(most=1), main)


def test_who_asks_the_guard_in_the_moment_in_which_the_field_process_ends_hears_that_it_is_not_up(
    tmp_path: Path,
) -> None:
    async def main(site: Site) -> None:
        field: Any = site.service.machines._fleet.field  # type: ignore[union-attr]
        gone = field.pid
        os.kill(gone, signal.SIGSTOP)
        asked = asyncio.ensure_future(site.act("arm"))
        stopped = asyncio.ensure_future(site.act("stop", cause="smoke"))
        await asyncio.sleep(0)  # both have been sent
        os.kill(gone, signal.SIGKILL)
        with pytest.raises(NotAllowed, match="the field process is not up"):
            await asked
        assert "the stop holds then" in await stopped
        await site.until(lambda: field.pid != gone and field._guarded)
        assert (await site.service.machines.look())["stops"] == ["smoke"]

    site(tmp_path / "flows", Workers(most=1), main)


def test_a_ticket_says_whose_it_is_and_ends() -> None:
    key = new_key()
    ticket = make_ticket(key, "änna", 1000.0)
    assert user_of(key, ticket, 1000.0 + GOOD_FOR) == "änna"
    assert user_of(key, ticket, 1001.0 + GOOD_FOR) is None
    assert user_of(new_key(), ticket, 1000.0) is None
    assert user_of(key, "", 1000.0) is None
    assert user_of(key, "ä", 1000.0) is None


def test_a_stop_reaches_the_machine_while_the_engine_and_its_web_server_stand_still(tmp_path: Path) -> None:
    """The engine is a process of its own, stopped by SIGSTOP; its worker goes on commanding the heater."""
    folder = tmp_path / "flows"
    folder.mkdir()

    def heater(slave: Slave) -> float:
        return Site(None, slave).heater  # type: ignore[arg-type]

    async def until(condition: Any) -> None:
        async with asyncio.timeout(90):  # an engine of its own has to begin
            while not condition():
                await asyncio.sleep(0.02)

    async def main() -> None:
        async with slave_on_tcp() as slave:
            (folder / "oven.json").write_text(json.dumps(flow(slave.port, 50)))
            write_envelope(folder, envelope(slave.port))
            command = [sys.executable, "-m", "flowengine", "run", str(folder), "--port", "0"]
            engine = await asyncio.create_subprocess_exec(*command, stdout=DEVNULL, stderr=DEVNULL)
            try:
                await until(lambda: find_local(folder / STATE_FOLDER))
                page, pressed_at = await asyncio.to_thread(page_that_has_armed, folder)
                await until(lambda: heater(slave) == 50)
                engine.send_signal(signal.SIGSTOP)
                assert (await pressed(pressed_at, {"ticket": page}))[0] == 200
                await until(lambda: heater(slave) == 7)
                assert await asyncio.to_thread(press, str(folder), None, None, "at the computer, too")
            finally:
                engine.send_signal(signal.SIGCONT)
                engine.terminate()
                await engine.wait()

    asyncio.run(main())
    record = [entry.what for entry in entries(audit_folder(folder))]
    assert "guard-emergency-stop" in record


def page_that_has_armed(folder: Path) -> tuple[str, int]:
    """Return the ticket of a page whose user has armed everything, and the port where it is good."""
    with way_in(str(folder), None, None, acts=True) as way:
        body = msgspec.json.encode({"what": "arm"})
        ask(*way, "/api/machines/act", shapes.MachineActed, body)
        found = ask(*way, "/api/machines/stop-ticket", shapes.StopTicket)
    return found.ticket, found.port
