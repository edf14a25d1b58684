"""What a state is: a name, who looks, where, and the steps that lead there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page

from flowengine.access.roles import Role
from tests.web.canvas.conftest import USERS
from tests.web.canvas.served import Served

PATIENCE_MS = 20_000


@dataclass
class Scene:
    """A page on its way into a state, and what its steps may need."""

    page: Page
    server: Served
    open: Callable[..., Page]
    """Opens one more page, in a browser of its own: role, path."""
    after: ExitStack = field(default_factory=ExitStack)
    """What is to be done when the pictures are taken, so that the next state finds all as it was."""

    def dialog(self, name: str, **given: Any) -> None:
        """Open a dialog by its name."""
        self.page.evaluate("([name, given]) => flowengine.view.getState().openDialog(name, given)", [name, given])
        self.page.get_by_role("dialog").first.wait_for()

    def pane(self, name: str) -> None:
        """Open a pane of the drawer."""
        self.page.evaluate("name => flowengine.view.getState().openDrawer(name)", name)
        self.page.wait_for_timeout(600)

    def select(self, flow: str, *nodes: str) -> None:
        """Select nodes."""
        self.page.evaluate("([flow, nodes]) => flowengine.view.getState().select(flow, {nodes})", [flow, list(nodes)])


Reach = Callable[[Scene], None]


@dataclass(frozen=True)
class State:
    """A state of the canvas."""

    name: str
    reach: Reach
    plant: str
    role: Role | None
    at: str
    anew: bool
    """Whether it has to be reached anew for each way, since it ends when the page changes its size."""


STATES: list[State] = []
"""All of them, in the order in which they are reached."""


def state(
    name: str, plant: str, at: str = "/", role: Role | None = "admin", *, anew: bool = False
) -> Callable[[Reach], Reach]:
    """Declare a state: of which plant, at which address it begins, and who looks."""

    def declare(reach: Reach) -> Reach:
        STATES.append(State(name, reach, plant, role, at, anew))
        return reach

    return declare


@contextmanager
def begun(state: State, server: Served, browser: Browser, **context: Any) -> Iterator[Scene]:
    """Open the page on which a state begins."""
    with ExitStack() as after:
        after.callback(forget_drafts, server)  # once the pages are closed, which would keep them again

        def opened(role: Role | None, path: str) -> Page:
            one = browser.new_context(base_url=server.url, **{"locale": "en-GB", **context})
            after.callback(one.close)
            one.set_default_timeout(PATIENCE_MS)
            if role is not None:
                name, value = server.cookie(USERS[role])
                one.add_cookies([{"name": name, "value": value, "url": server.url}])
            page = one.new_page()
            page.goto(path)
            flow = path.partition("#")[2]
            if flow:
                page.wait_for_function(
                    "flow => window.flowengine?.flow && flowengine.project.getState().flows[flow] !== undefined",
                    arg=flow,
                )
            return page

        yield Scene(opened(state.role, state.at), server, opened, after)


def forget_drafts(server: Served) -> None:
    """Drop what somebody has edited: it is nothing for the next state."""
    for user in USERS.values():
        for kept in server.service.drafts.all(user):
            server.service.drafts.delete(user, kept.name, None)
