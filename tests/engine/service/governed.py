"""A plant with two keys: people of both sides, what they do, and a way to see what runs."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import argon2

from flowengine.access.access import Access
from flowengine.access.audit import Audit, audit_folder
from flowengine.access.passwords import Passwords
from flowengine.access.roles import Role
from flowengine.access.sides import Side
from flowengine.service import Service, Who
from flowengine.service.places import own_folder
from tests.engine.service.conftest import Plant, deploy, drive, flow, machines

T = TypeVar("T")

PEOPLE: dict[str, tuple[Role, tuple[Side, ...]]] = {
    "Root": ("admin", ()),
    "Ada": ("editor", ()),
    "Ida": ("editor", ("it",)),
    "Otto": ("operator", ("ot",)),
    "Both": ("admin", ("it", "ot")),
    "Vera": ("viewer", ("ot",)),
}
"""Ada draws; Ida says yes for IT, Otto and Vera for OT."""

CHEAP = Passwords(argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))

RULE = '{"flowengine": 1, "two_keys": true, "break_glass": 1}\n'


class Governed(Plant):
    """A plant whose machine needs two keys; it has people, and a record."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.share(machines())
        self.write(drive("press"), flow("report"))
        (folder / "ownership.json").write_text(RULE)
        self.state = own_folder(folder)
        access, audit = self.access(), self.audit()
        for name, (role, sides) in PEOPLE.items():
            access.users.add(name, role, "correct horse")
            audit.record("user-added", "Root", name)
            if sides:
                self.give(name, *sides)
        access.close()

    @property
    def database(self) -> Path:
        return self.state / "web.sqlite"

    def access(self) -> Access:
        return Access(self.database, passwords=CHEAP)

    def audit(self) -> Audit:
        return Audit(audit_folder(self.folder))

    def give(self, name: str, *sides: Side, by: str = "Root") -> None:
        """Do what an admin does on the users' page."""
        access = self.access()
        access.give_sides(name, sides, by)
        access.close()
        self.audit().record("user-changed", by, name, details={"role": None, "password": False, "sides": list(sides)})

    def set_password(self, name: str, by: str) -> None:
        """Record what an admin, or the user himself, does on the users' page."""
        self.audit().record("user-changed", by, name, details={"role": None, "password": True})

    def remove(self, name: str) -> None:
        access = self.access()
        access.remove(name)
        access.close()
        self.audit().record("user-removed", "Root", name)

    def run(self, main: Callable[[Service], Coroutine[Any, Any, T]]) -> T:
        return self.with_service(main)


def who(name: str) -> Who:
    return Who(name, PEOPLE[name][0]) if name in PEOPLE else Who(name, "admin")


def faster(speed: float = 2.0, **more: Any) -> dict[str, Any]:
    """The flow of the press with another speed: it reaches the machine."""
    return drive("press", speed=speed, **more)


def speed(service: Service) -> float:
    """Return what really runs."""
    node = service.engine.flows["press"].plan.nodes["show"]
    return float(node.options.get("speed", 1.0))


async def asked(service: Service, name: str = "Ada", speed: float = 2.0) -> int:
    view = await service.changes.ask(deploy(service, faster(speed)), who(name))
    return view.change.id


async def yes(service: Service, id: int, name: str, side: Side) -> None:
    content = (await service.changes.get(id)).change.content
    await service.changes.approve(id, who(name), side, content)


async def approved(service: Service, speed: float = 2.0) -> int:
    id = await asked(service, speed=speed)
    await yes(service, id, "Ida", "it")
    await yes(service, id, "Otto", "ot")
    return id
