"""Who acts at the computer itself: the system says who that is, and no user of ours can have such a name."""

from __future__ import annotations

import os
import pwd
from typing import Final

AT_COMPUTER: Final = " at the computer"
"""What stands behind the name that the system has for him."""


def at_computer(uid: int | None = None) -> str:
    """Return how somebody is called in the record; by default whoever runs this process, whatever variables say."""
    uid = os.getuid() if uid is None else uid
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid} at the computer"
    return f"{name} at the computer"
