"""Options that servers for mail have in common, whichever way the mail goes."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from flowengine import ADVANCED, unit

CaOption = Annotated[
    str, Meta(title="CA file", description="PEM file to trust; empty: what the system trusts"), ADVANCED
]
TimeoutOption = Annotated[float, Meta(description="Give up after", gt=0, le=300, extra_json_schema=unit("s")), ADVANCED]
