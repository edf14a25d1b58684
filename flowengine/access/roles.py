"""The four roles of users, and the one right that a program may have alone; each may do what those before it may."""

from __future__ import annotations

from typing import Final, Literal, get_args

Role = Literal["viewer", "operator", "editor", "admin"]
"""viewer: look. operator: buttons, start and stop, acknowledge, replay. editor: drafts and deploys. admin: users."""

Right = Literal["metrics", "viewer", "operator", "editor", "admin"]
"""What a route asks for. metrics: read the metrics, which only a token can have and nothing else."""

ROLES: Final[tuple[Role, ...]] = get_args(Role)

RIGHTS: Final[tuple[Right, ...]] = get_args(Right)


def may(role: Right | None, needed: Right) -> bool:
    """Say whether somebody with this role (None: nobody) may do what needs another."""
    return role is not None and RIGHTS.index(role) >= RIGHTS.index(needed)
