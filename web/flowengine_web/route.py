"""A route, said once: from it come the rule, who may use it, the parsing, the checks and the API's description.

::

    USERS = Area("users", "Who may sign in")

    @USERS.post("/api/users", role="admin", body=NewUser, answer=User, refusals=(409,))
    def add_user(call: Call, body: NewUser) -> User:
        '''Add a user.'''
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from flowengine.access.roles import Right
from flowengine_web import shapes
from flowengine_web.body import MOST

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Function = TypeVar("Function", bound=Callable[..., Any])

JSON = "application/json"
EVENTS = "text/event-stream"
CSV = "text/csv"
METRICS = "text/plain"
"""What Prometheus reads; to one that asks for it, application/openmetrics-text."""


@dataclass(frozen=True)
class Route:
    """One method of one path."""

    method: Method
    path: str
    """With names in braces: /api/flows/{flow}."""
    role: Right | None
    """The least role; None: whoever asks."""
    run: Callable[..., Any]
    """Takes the Call, the names of the path by name, and the body as `body`."""
    area: str
    body: type[shapes.Shape] | None = None
    answer: Any = shapes.Done
    """The type of the answer's body."""
    query: type[shapes.Shape] | None = None
    """What may stand behind the `?`; its fields have defaults."""
    refusals: tuple[int, ...] = ()
    """Statuses it may refuse with, beside those that every such route has."""
    most: int = MOST[""]
    """Bytes of the body at most."""
    tagged: bool = False
    """Whether answers carry an ETag, and If-None-Match is understood."""
    conditional: bool = False
    """Whether a change must say what it changes: If-Match or If-None-Match."""
    content: str = JSON
    flows: Callable[[Mapping[str, Any]], Iterable[str]] | None = None
    """From the names of the path and the body to the flows it is about: who has the role in their areas may use it.
    None: the flow in its path, if there is one."""
    packed: bool = False
    """Whether its answers may go gzipped: they are long, hold nothing that must stay secret, and repeat nothing that a
    stranger could have asked for (or their length would tell him what stands beside it)."""

    @property
    def name(self) -> str:
        """Its name in the API's description."""
        return self.run.__name__

    @property
    def summary(self) -> str:
        """What it does, in a line."""
        return (self.run.__doc__ or "").strip().split("\n")[0].removesuffix(".")

    @property
    def rule(self) -> str:
        """Its path as Flask writes it."""
        return self.path.replace("{", "<").replace("}", ">")

    @property
    def names(self) -> list[str]:
        """The names in its path."""
        return re.findall(r"\{(\w+)\}", self.path)

    @property
    def in_areas(self) -> bool:
        """Whether the role may be one that somebody has in an area of flows only."""
        return self.flows is not None or "flow" in self.names

    def flows_of(self, given: Mapping[str, Any]) -> Iterable[str]:
        """Return the flows that a request is about; an empty name: something that belongs to all of them."""
        return [given["flow"]] if self.flows is None else self.flows(given)

    @property
    def changes(self) -> bool:
        """Whether it is more than looking."""
        return self.method != "GET"

    @property
    def statuses(self) -> list[int]:
        """Every status from 400 on that it may answer with."""
        found = {400, 403, 429, 503, *self.refusals}
        if self.role is not None:
            found.add(401)
        if self.names:
            found.add(404)
        if self.body is not None:
            found |= {413, 415, 422}
        if self.query is not None:
            found.add(422)
        if self.conditional:
            found |= {412, 428}
        return sorted(found)


@dataclass
class Area:
    """Routes about one thing."""

    name: str
    about: str
    routes: list[Route] = field(default_factory=list)

    def get(self, path: str, role: Right | None, answer: Any, **more: Any) -> Callable[[Function], Function]:
        """Declare a route that only looks."""
        return self._route("GET", path, role=role, answer=answer, **more)

    def post(self, path: str, role: Right | None, **more: Any) -> Callable[[Function], Function]:
        """Declare a route that does something."""
        return self._route("POST", path, role=role, **more)

    def put(self, path: str, role: Right | None, **more: Any) -> Callable[[Function], Function]:
        """Declare a route that puts something in its place."""
        return self._route("PUT", path, role=role, **more)

    def patch(self, path: str, role: Right | None, **more: Any) -> Callable[[Function], Function]:
        """Declare a route that changes a part of something."""
        return self._route("PATCH", path, role=role, **more)

    def delete(self, path: str, role: Right | None, **more: Any) -> Callable[[Function], Function]:
        """Declare a route that removes something."""
        return self._route("DELETE", path, role=role, **more)

    def _route(self, method: Method, path: str, **more: Any) -> Callable[[Function], Function]:
        def declare(function: Function) -> Function:
            self.routes.append(Route(method, path, run=function, area=self.name, **more))
            return function

        return declare
