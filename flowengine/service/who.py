"""Who asks for something."""

from __future__ import annotations

from dataclasses import dataclass

from flowengine.access.roles import Role


@dataclass(frozen=True)
class Who:
    """The user on whose behalf something is done; the caller has made sure of name and role."""

    name: str
    role: Role = "admin"
