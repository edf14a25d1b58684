"""The description of the API itself."""

from __future__ import annotations

from typing import Any

from flowengine_web.call import Call
from flowengine_web.route import Area

AREA = Area("api", "What there is")


@AREA.get("/api", role=None, answer=dict[str, Any])
def describe_api(call: Call) -> dict[str, Any]:
    """Describe this API (OpenAPI 3.1)."""
    from flowengine_web.openapi import document

    return document(call.site.version)
