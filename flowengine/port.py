"""Where wires end and begin at a node."""

from __future__ import annotations

import dataclasses
from typing import Literal

PayloadType = Literal["any", "number", "boolean", "text", "bytes", "object", "list"]


@dataclasses.dataclass(frozen=True)
class Port:
    """A place where wires end or begin, and what kind of payload passes there (`any` fits everything)."""

    name: str
    payload: PayloadType = "any"
    description: str = ""
