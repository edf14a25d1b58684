"""What all bodies and answers have in common."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

FlowJson = Annotated[dict[str, Any], Meta(description="A flow as its file says it")]
FlowName = Annotated[
    str,
    Meta(min_length=1, max_length=200, pattern=r"^[^/\\\u0000-\u001f\u007f]+$", description="A name fit for a file"),
]
Revision = Annotated[str, Meta(description="Names one content of a file; it changes when the content does")]
Seconds = Annotated[float, Meta(description="Seconds since 1970-01-01 UTC")]
ValueKind = Literal["number", "boolean", "text", "bytes", "object", "list", "null"]


class Shape(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Base of all bodies and answers: what is not declared is refused."""


class Done(Shape):
    """It is done."""

    done: bool = True
