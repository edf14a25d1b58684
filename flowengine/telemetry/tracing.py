"""Whether ways of messages are sent to an OpenTelemetry collector: as the standard OTEL_ variables say, off by default.

Nothing of OpenTelemetry is loaded before one of them asks for it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flowengine.telemetry.otel import Tracing

LOG = logging.getLogger("flowengine.telemetry")

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
HTTP = "http/protobuf"


def wanted(environment: Mapping[str, str]) -> bool:
    """Say whether traces are asked for: an endpoint is named, or OTEL_TRACES_EXPORTER=otlp."""
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    exporter = environment.get("OTEL_TRACES_EXPORTER", "").strip()
    return exporter == "otlp" or (not exporter and any(environment.get(name) for name in ENDPOINTS))


def begin(environment: Mapping[str, str]) -> Tracing | None:
    """Begin to send traces, if that is asked for and can be done; if it cannot, a line in the log says why."""
    if not wanted(environment):
        return None
    protocol = next((environment[name] for name in PROTOCOLS if environment.get(name)), HTTP)
    if protocol != HTTP:
        LOG.warning("no traces are sent: %s is not offered, only %s", protocol, HTTP)
        return None
    try:
        from flowengine.telemetry.otel import Tracing
    except ImportError:
        LOG.warning("no traces are sent although OTEL_ variables ask for them: pip install flowengine-ot[otel]")
        return None
    return Tracing.to_collector()
