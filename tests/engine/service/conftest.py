"""A folder of flows with a real engine, real files and, where asked for, a real git repository."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest

from flowengine import Actuator, Connection, Message, Source, State, Transform
from flowengine.flow.canonical import format_flow
from flowengine.registry import Registry
from flowengine.runtime.engine import Engine
from flowengine.service import Deploy, DeployItem, Service, Who

T = TypeVar("T")

OTTO, INES = Who("Otto", "editor"), Who("Ines", "editor")


class Machine(Connection, type="test/machine"):
    """A machine."""

    ot = True
    host: str = "127.0.0.1"
    port: int = 502


class Drive(Actuator, type="test/drive"):
    """Turn."""

    machine: Machine
    speed: float = 1.0

    async def write(self, msg: Message) -> None:
        Drive.written.append(msg.payload)

    written = []  # type: ignore[var-annotated]


class Tick(Source, type="test/tick"):
    """Say nothing until its button is pressed."""

    broken: bool = False

    async def start(self) -> None:
        if self.broken:
            raise OSError("the port is taken")

    async def run(self) -> AsyncIterator[Message]:
        await asyncio.Event().wait()
        yield Message()

    def pressed(self) -> Message:
        return Message(1)


class Count(Transform, type="test/count"):
    """Count."""

    step: float = 1
    total: State[float] = 0

    def process(self, msg: Message) -> Message:
        self.total += self.step
        return msg.with_payload(self.total)


def registry() -> Registry:
    found = Registry.discover()
    for cls in (Machine, Drive, Tick, Count):
        found.add(cls, "test")
    return found


def flow(name: str, step: float = 1, **more: Any) -> dict[str, Any]:
    """A flow that counts how often its button is pressed and shows it."""
    nodes = {
        "tick": {"type": "test/tick"},
        "count": {"type": "test/count", "options": {"step": step}},
        "show": {"type": "debug/log"},
    }
    wires = [{"from": "tick", "to": "count"}, {"from": "count", "to": "show"}]
    return {"flowengine": 1, "name": name, "nodes": nodes, "wires": wires, **more}


def with_node(data: dict[str, Any], name: str, node: dict[str, Any], *wires: dict[str, Any]) -> dict[str, Any]:
    return {**data, "nodes": {**data["nodes"], name: node}, "wires": [*data["wires"], *wires]}


def subflow(name: str, step: float = 1) -> dict[str, Any]:
    return {
        "flowengine": 1,
        "name": name,
        "subflow": {"inputs": {"in": ["add"]}, "outputs": {"out": ["add"]}},
        "nodes": {"add": {"type": "test/count", "options": {"step": step}}},
    }


def user_of(name: str, inner: str) -> dict[str, Any]:
    """A flow that uses a subflow."""
    data = flow(name)
    data["nodes"]["count"] = {"type": f"flow/{inner}"}
    return data


def drive(name: str, connection: str = "press", **options: Any) -> dict[str, Any]:
    """A flow that commands a machine by a shared connection."""
    data = flow(name)
    data["nodes"]["show"] = {"type": "test/drive", "options": {"machine": connection, **options}}
    return data


def machines(port: int = 502, *names: str) -> dict[str, Any]:
    return {name: {"type": "test/machine", "options": {"port": port}} for name in names or ("press",)}


class Plant:
    """A folder; `with_service` runs a test with its service started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)

    def write(self, *flows: dict[str, Any]) -> None:
        for data in flows:
            (self.folder / f"{data['name']}.json").write_text(format_flow(data))

    def share(self, connections: dict[str, Any]) -> None:
        (self.folder / "connections.json").write_text(format_flow({"flowengine": 1, "connections": connections}))

    def text(self, name: str) -> str:
        return (self.folder / f"{name}.json").read_text()

    def git(self, *arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", str(self.folder), *arguments], check=True, capture_output=True, text=True
        ).stdout.strip()

    def become_repository(self) -> None:
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "user.name", "Plant")
        self.git("config", "user.email", "plant@example.org")
        self.git("add", ".")
        self.git("commit", "--quiet", "--allow-empty", "-m", "begin")

    def with_service(self, main: Callable[[Service], Coroutine[Any, Any, T]], **start: Any) -> T:
        async def run() -> T:
            service = Service(self.folder, registry())
            try:
                await service.start(**{"strict": False, **start})
                return await main(service)
            finally:
                await service.stop(1)

        return asyncio.run(run())


def deploy(service: Service, *flows: dict[str, Any], **more: Any) -> Deploy:
    """A deploy of whole flows that begins with what stands on disk."""
    items = {data["name"]: DeployItem(service.disk.revision(data["name"]), data) for data in flows}
    return Deploy(items, **more)


async def press(service: Service, name: str, node: str = "tick") -> None:
    await service.inject(name, node, None, "", OTTO)


def total(service: Service, name: str, node: str = "count") -> float:
    assert isinstance(service.engine, Engine)
    found = service.engine.flows[name].nodes[node]
    assert isinstance(found, Count)
    return found.total


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    return Plant(tmp_path / "flows")
