"""Who is signed in, and who may sign in."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from flowengine.access.roles import Role
from flowengine.access.sides import Side
from flowengine_web.shapes.base import Seconds, Shape
from flowengine_web.shapes.rights import Permitted


class PreviousSignIn(Shape):
    """What was before this session began; times in seconds since 1970, 0: never."""

    at: Seconds = 0.0
    """When the user had signed in before."""
    failed: int = 0
    """Tries with a wrong password since then."""
    failed_at: Seconds = 0.0
    """The last of them."""


class Session(Shape):
    """Who is signed in, and what the page needs to begin with."""

    user: str = ""
    """Empty: nobody."""
    role: Role | None = None
    sides: list[Side] = []
    """For whom the user approves changes that reach a machine."""
    areas: list[Permitted] = []
    """What the user may do beyond the role, by himself and by his groups, each in an area of flows."""
    previous: PreviousSignIn | None = None
    """None: nobody is signed in, or it is a program."""
    csrf: str = ""
    """To be sent as X-CSRF-Token with everything but GET."""
    setup: bool = False
    """Whether no user exists yet: the one-time link that was printed sets the first password."""
    oidc: str = ""
    """What the button says by which one signs in at a provider; empty: there is none."""
    notice: str = ""
    """What the plant says to everybody before he signs in; empty: nothing."""
    version: str = ""
    folder: str = ""
    demo: bool = False


class SignIn(Shape):
    """A name and a password."""

    name: Annotated[str, Meta(max_length=100)]
    password: Annotated[str, Meta(max_length=1000)]


class OidcBegun(Shape):
    """A sign-in at a provider under way."""

    location: str
    """Where the browser goes."""
    binding: str
    """To be kept by the page (not in the address), and brought to the end."""


class OidcFinish(Shape):
    """What the provider gave the browser, and what the page has kept."""

    state: Annotated[str, Meta(min_length=1, max_length=200)]
    code: Annotated[str, Meta(min_length=1, max_length=8000)]
    binding: Annotated[str, Meta(min_length=1, max_length=200)]


class Setup(Shape):
    """The first user: made with the token of the printed link."""

    token: Annotated[str, Meta(max_length=200)]
    name: Annotated[str, Meta(min_length=1, max_length=100)]
    password: Annotated[str, Meta(min_length=1, max_length=1000)]


class User(Shape):
    """One user; a password never comes back."""

    name: str
    role: Role
    sides: list[Side] = []
    """For whom he approves changes that reach a machine."""
    since: Seconds = 0.0
    last_seen: Seconds = 0.0


class Users(Shape):
    """All users."""

    users: list[User]


class NewUser(Shape):
    """A user to add."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    role: Role
    password: Annotated[str, Meta(min_length=1, max_length=1000)]


class UserChange(Shape):
    """What to change of a user; what is left out stays."""

    role: Role | None = None
    sides: Annotated[list[Side], Meta(max_length=2)] | None = None
    """For whom he approves from now on; only an admin sets it, and not his own."""
    password: Annotated[str, Meta(min_length=1, max_length=1000)] | None = None
    current_password: Annotated[str, Meta(max_length=1000)] = ""
    """Needed to change one's own password."""
