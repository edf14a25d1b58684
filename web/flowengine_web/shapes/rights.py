"""Who may do what beyond a role: permissions in areas of flows, groups, and tokens for programs."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from flowengine.access.rights import May
from flowengine.access.roles import Right
from flowengine_web.shapes.base import Seconds, Shape

Area = Annotated[str, Meta(min_length=1, max_length=100, description="A flow's name, in which * stands for anything")]
Name = Annotated[str, Meta(min_length=1, max_length=100)]


class Permitted(Shape):
    """What someone may do in an area of flows."""

    may: May
    area: Area = "*"


class Permission(Permitted, kw_only=True):
    """The same, with who may do it."""

    who: Annotated[str, Meta(min_length=1, max_length=120)]
    """A user's name, or token/NAME, or group/NAME."""
    by: str = ""
    """Who gave it; empty: whoever owns the computer."""
    since: Seconds = 0.0


class Group(Shape):
    """Users who are given the same."""

    name: Name
    members: list[str]


class Members(Shape):
    """Who is in a group from now on."""

    members: Annotated[list[Name], Meta(max_length=1000)]


class Rights(Shape):
    """All that has been given."""

    permissions: list[Permission]
    groups: list[Group]


class Token(Shape):
    """A token for a program; what it is comes back once, when it is made."""

    name: Name
    role: Right
    expires: Seconds
    since: Seconds = 0.0
    last_seen: Seconds = 0.0
    by: str = ""
    """Who made it; empty: a version that did not note that."""


class Tokens(Shape):
    """All tokens."""

    tokens: list[Token]


class NewToken(Shape):
    """A token to make."""

    name: Name
    role: Right = "viewer"
    days: Annotated[float, Meta(gt=0, le=3650, description="How long it is good")] = 365.0
    permissions: Annotated[list[Permitted], Meta(max_length=50)] = []


class MadeToken(Shape):
    """A new token: shown this once."""

    token: str
