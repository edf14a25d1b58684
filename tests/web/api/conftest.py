"""A real installation, and browsers of users of every role."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import argon2
import pytest

from flowengine.access.access import Access, access_file
from flowengine.access.passwords import Passwords
from flowengine.access.roles import ROLES
from flowengine.registry import Registry
from tests.web.api.client import Client
from tests.web.canvas.served import Served

PASSWORD = "correct horse"

FLOW = {
    "flowengine": 1,
    "name": "line",
    "nodes": {
        "tick": {"type": "timing/every", "options": {"interval": 0.05, "send": "count"}},
        "double": {"type": "values/expression", "options": {"expression": "payload * 2"}},
        "log": {"type": "debug/log"},
        "button": {"type": "timing/inject", "options": {"value": 7}},
    },
    "wires": [
        {"from": "tick", "to": "double"},
        {"from": "double", "to": "log"},
        {"from": "button", "to": "double"},
    ],
    "layout": {"tick": [80, 80]},
}

SignedIn = Callable[[str], Client]


def without_ticks(folder: Path) -> Path:
    """Take the timer out of the flow of a folder: one that is late on a busy computer says so as a warning."""
    flow = json.loads((folder / "line.json").read_text())
    flow["nodes"]["tick"] = {"type": "sources/signal", "options": {"interval": 3600}}
    (folder / "line.json").write_text(json.dumps(flow))
    return folder


@pytest.fixture(scope="session")
def registry() -> Registry:
    return Registry.discover()


@pytest.fixture(scope="session")
def users(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """web.sqlite with a user of each role, called after it."""
    file = access_file(tmp_path_factory.mktemp("users"))
    access = Access(file, passwords=Passwords(argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)))
    for role in ROLES:
        access.users.add(role, role, PASSWORD)
    access.close()
    return file


@pytest.fixture
def folder(tmp_path: Path, users: Path) -> Path:
    """A folder with one flow and the users."""
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "line.json").write_text(json.dumps(FLOW))
    kept = access_file(tmp_path / "flows")
    kept.parent.mkdir()
    shutil.copy(users, kept)
    return tmp_path / "flows"


@pytest.fixture
def served(folder: Path, registry: Registry) -> Iterator[Served]:
    served = Served(folder, registry)
    served.start()
    yield served
    served.stop()


@pytest.fixture
def nobody(served: Served) -> Iterator[Client]:
    client = Client(served.port)
    yield client
    client.close()


@pytest.fixture
def signed_in(served: Served) -> Iterator[SignedIn]:
    """Returns a browser in which the user of a role is signed in."""
    clients: list[Client] = []

    def sign_in(role: str) -> Client:
        client = Client(served.port, served.cookie(role))
        client.session()
        clients.append(client)
        return client

    yield sign_in
    for client in clients:
        client.close()


@pytest.fixture
def editor(signed_in: SignedIn) -> Client:
    return signed_in("editor")


@pytest.fixture
def admin(signed_in: SignedIn) -> Client:
    return signed_in("admin")
