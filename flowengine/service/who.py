"""Who asks for something."""

from __future__ import annotations

from dataclasses import dataclass

from flowengine.access.rights import May, Rights
from flowengine.access.roles import Right


@dataclass(frozen=True)
class Who:
    """The user on whose behalf something is done; the caller has made sure of name and role."""

    name: str
    role: Right = "admin"
    rights: Rights | None = None
    """What he may do beyond his role; None: whoever owns the computer, who may do anything."""

    def may(self, needed: Right | May, flow: str) -> bool:
        """Say whether he may do something with a flow."""
        return self.rights is None or self.rights.may(needed, flow)
