"""What browser tests of the canvas stand on: a plant, a server, a signed-in page with a flow open.

Everything is real: engine, server with its production headers, Chromium. Each test has its own folder, server and
browser context; the tests of a file share a browser, all share the registry and the users' passwords (slow on purpose).

A test that needs other flows overrides the fixture `flows`. While developing, FLOWENGINE_CANVAS=<folder> takes a build
of one's own in place of the shared one, and FLOWENGINE_SHOTS=<folder> keeps the screenshots that tests take;
FLOWENGINE_ADVERSE=<seed> is a bad day (see adverse.py).
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from flowengine.access.access import Access, access_file
from flowengine.access.roles import Role
from flowengine.registry import Registry
from tests.web.canvas.adverse import late_answers, slow_down
from tests.web.canvas.served import Served
from tests.web.canvas.watched import ConsoleGuard
from tests.web.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[3]
WAIT = PATIENCE * 1000
"""Milliseconds that a page may take for anything, in all tests of it."""
ROLES: tuple[Role, ...] = ("viewer", "operator", "editor", "admin")
USERS: dict[Role, str] = {"viewer": "vera", "operator": "olga", "editor": "edgar", "admin": "anna"}
PASSWORD = "correct horse battery"

Flows = dict[str, dict[str, Any]]


class OpenPage(Protocol):
    """Opens a page in a browser of its own."""

    def __call__(self, role: Role | None = "editor", path: str = "/", **context: Any) -> Page:
        """Sign in as the role's user (None: nobody) and open a path; further arguments go to the context."""


class OpenEditor(Protocol):
    """Opens the editor with one flow in front."""

    def __call__(self, flow: str, role: Role = "editor", **context: Any) -> Page:
        """Return the page when the flow can be edited."""


def line() -> dict[str, Any]:
    """Return a flow that runs anywhere: tick, compute, log, and a button. A tick that is late is no fault here."""
    return {
        "flowengine": 1,
        "name": "line",
        "note": "Measures, doubles, logs.",
        "nodes": {
            "tick": {"type": "sources/signal", "options": {"interval": 0.2}},
            "double": {"type": "values/expression", "options": {"expression": "payload * 2"}},
            "log": {"type": "debug/log"},
            "button": {"type": "timing/inject", "options": {"value": 7}},
        },
        "wires": [
            {"from": "tick", "to": "double"},
            {"from": "double", "to": "log"},
            {"from": "button", "to": "double"},
        ],
        "layout": {"tick": [80, 80], "double": [320, 80], "log": [560, 80], "button": [80, 180]},
    }


def empty(name: str = "empty") -> dict[str, Any]:
    """Return a flow without nodes."""
    return {"flowengine": 1, "name": name, "nodes": {}, "wires": [], "layout": {}}


def folder_of(place: Path, flows: Flows, users: Path) -> Path:
    """Make a folder of flows with users."""
    folder = place / "plant"
    folder.mkdir()
    for name, flow in flows.items():
        (folder / f"{name}.json").write_text(json.dumps(flow, indent=2))
    state = access_file(folder)
    state.parent.mkdir()
    for file in users.parent.iterdir():  # SQLite may keep its newest pages beside the file
        shutil.copy(file, state.parent / file.name)
    return folder


def with_users(place: Path) -> Path:
    """Make a file with one user of each role."""
    file = access_file(place)
    file.parent.mkdir(parents=True, exist_ok=True)
    access = Access(file)
    for role in ROLES:
        access.users.add(USERS[role], role, PASSWORD)
    for role in ("editor", "admin"):
        access.permit(USERS[role], "code", "*")
    access.close()
    return file


@pytest.fixture(scope="session")
def canvas_build() -> None:
    """Build the canvas if it is stale, once however many processes test."""
    if os.environ.get("FLOWENGINE_CANVAS"):
        return
    lock = Path(tempfile.gettempdir()) / "flowengine-canvas-build.lock"
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        subprocess.run([sys.executable, str(ROOT / "web" / "packaging" / "canvas.py")], check=True)


@pytest.fixture(scope="session")
def registry() -> Registry:
    """All installed node types."""
    return Registry.discover()


@pytest.fixture(scope="session")
def users(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with one user of each role: hashing passwords takes time, so it is done once and copied."""
    return with_users(tmp_path_factory.mktemp("users"))


def launch(playwright: Playwright) -> Browser:
    """Start Debian's Chromium."""
    return playwright.chromium.launch(
        executable_path=shutil.which("chromium-headless-shell") or shutil.which("chromium"),
        args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a file.

    Playwright keeps an event loop running in this thread as long as it lives: tests of other files need their own.
    """
    expect.set_options(timeout=WAIT)
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


@pytest.fixture
def flows() -> Flows:
    """The flows of the folder, by name; override it for others."""
    return {"line": line(), "empty": empty()}


@pytest.fixture
def plant_folder(tmp_path: Path, flows: Flows, users: Path) -> Path:
    """A folder of flows with users."""
    return folder_of(tmp_path, flows, users)


@pytest.fixture(scope="session", autouse=True)
def a_bad_day() -> Iterator[None]:
    """Let all answers come late, where somebody wants to see what tests make of it."""
    with late_answers():
        yield


@pytest.fixture
def server(plant_folder: Path, registry: Registry, canvas_build: None) -> Iterator[Served]:
    """The folder, running and served."""
    served = Served(plant_folder, registry)
    served.start()
    yield served
    served.stop()


@pytest.fixture
def console(server: Served) -> Iterator[ConsoleGuard]:
    """Fails the test when a page wrote an error into its console."""
    guard = ConsoleGuard(lambda: server.was_stopped)
    yield guard
    assert guard.errors == []


@pytest.fixture
def open_page(browser: Browser, server: Served, console: ConsoleGuard) -> Iterator[OpenPage]:
    """Opens pages, each in a browser context of its own, signed in."""
    contexts: list[BrowserContext] = []

    def open_one(role: Role | None = "editor", path: str = "/", **context: Any) -> Page:
        options = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", **context}
        one = browser.new_context(base_url=server.url, **options)
        contexts.append(one)
        one.set_default_timeout(WAIT)
        console.watch(one)
        one.on("page", slow_down)
        if role is not None:
            name, value = server.cookie(USERS[role])
            one.add_cookies([{"name": name, "value": value, "url": server.url}])
        page = one.new_page()
        page.goto(path)
        return page

    yield open_one
    for one in contexts:
        one.close()


@pytest.fixture
def editor(open_page: OpenPage) -> OpenEditor:
    """Opens the editor with a flow in front; `role` and options of the context may be given."""

    def open_editor(flow: str, role: Role = "editor", **context: Any) -> Page:
        return in_front(open_page(role, f"/#{flow}", **context), flow)

    return open_editor


def in_front(page: Page, flow: str) -> Page:
    """Return the page when a flow is in front and can be edited."""
    page.wait_for_function(
        """flow => window.flowengine?.flow !== undefined
          && window.flowengine.project.getState().flows[flow] !== undefined""",
        arg=flow,
    )
    expect(page.get_by_role("tab", name=re.compile(rf"^{re.escape(flow)},"))).to_have_attribute("aria-selected", "true")
    return page


@pytest.fixture
def touch_editor(editor: OpenEditor) -> OpenEditor:
    """The editor on a tablet: 820 x 1180, fingers."""

    def open_editor(flow: str, role: Role = "editor", **context: Any) -> Page:
        options = {"viewport": {"width": 820, "height": 1180}, "has_touch": True, "is_mobile": True, **context}
        return editor(flow, role, **options)

    return open_editor


@pytest.fixture
def shot(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Keeps a screenshot where FLOWENGINE_SHOTS says, for people to look at."""
    folder = os.environ.get("FLOWENGINE_SHOTS")

    def take(page: Page, name: str) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=f"{folder}/{name}.png")

    return take
