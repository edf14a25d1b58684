"""The four roles; each may do what those before it may."""

from __future__ import annotations

from typing import Final, Literal, get_args

Role = Literal["viewer", "operator", "editor", "admin"]
"""viewer: look. operator: buttons, start and stop, acknowledge, replay. editor: drafts and deploys. admin: users."""

ROLES: Final[tuple[Role, ...]] = get_args(Role)


def may(role: Role | None, needed: Role) -> bool:
    """Say whether somebody with this role (None: nobody) may do what needs another."""
    return role is not None and ROLES.index(role) >= ROLES.index(needed)
