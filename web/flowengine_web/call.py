"""What a route is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flowengine.access.rights import Rights
from flowengine.access.roles import Right
from flowengine.access.sessions import SignedIn
from flowengine.service import Who
from flowengine_web.refusal import Refusal
from flowengine_web.site import Site

T = TypeVar("T")


@dataclass(frozen=True)
class Conditions:
    """The conditions of a request: If-Match and If-None-Match. None: not given."""

    match: tuple[str, ...] | None = None
    none_match: tuple[str, ...] | None = None

    def check(self, current: str) -> None:
        """Refuse a change of something that is no longer as the caller knows it; "" stands for "not there".

        Raises:
            Refusal: 412.
        """
        if self.match is not None and not (current and ("*" in self.match or current in self.match)):
            raise changed_meanwhile()
        if self.none_match is not None and current and ("*" in self.none_match or current in self.none_match):
            raise changed_meanwhile()

    @property
    def expected(self) -> str | None:
        """The one revision that the caller knows; "": none must be there; None: whatever is there."""
        if self.match is not None:
            return None if "*" in self.match else self.match[0]
        return ""


def changed_meanwhile() -> Refusal:
    """Say that a condition of the request does not hold."""
    return Refusal(412, "changed-meanwhile", "it has been changed in the meantime", "read it again, then decide")


@dataclass
class Call:
    """One request, as far as a route needs it."""

    site: Site
    who: SignedIn | None
    """Who asks; None: nobody is signed in, which only routes without a role see."""
    address: str
    """Where the request comes from, an IP address."""
    conditions: Conditions = field(default_factory=Conditions)
    query: Any = None
    """What stands behind the `?`, as the route declares it."""
    token: str = ""
    """The session's token."""

    @property
    def user(self) -> str:
        """The name of who asks."""
        assert self.who is not None, "a route without a role does not know who asks"
        return self.who.user

    @property
    def role(self) -> Right:
        """The role that who asks has everywhere; a token's may be `metrics`, with more in some area."""
        assert self.who is not None, "a route without a role does not know who asks"
        return self.who.role

    @property
    def rights(self) -> Rights:
        """All that who asks may do."""
        assert self.who is not None, "a route without a role does not know who asks"
        return self.site.access.rights_of(self.who)

    @property
    def asks(self) -> Who:
        """Who asks, as the service wants to know."""
        return Who(self.user, self.role, self.rights)

    def ask(self, function: Callable[[], T]) -> T:
        """Run a function on the engine's loop; see `Bridge.ask`."""
        return self.site.bridge.ask(function)

    def run(self, begin: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine on the engine's loop to its end; see `Bridge.run`."""
        return self.site.bridge.run(begin)


@dataclass
class Answer:
    """An answer with something beside its body."""

    body: Any
    etag: str = ""
    cookie: str | None = None
    """The session's token to be kept by the browser; empty: to be forgotten."""
