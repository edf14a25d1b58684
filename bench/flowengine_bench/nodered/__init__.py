"""The baseline: Node-RED, configured as well as a knowledgeable user would, under the same loads as flowengine."""

from flowengine_bench.nodered.install import Installation, Unavailable, install
from flowengine_bench.nodered.measure import WORKLOADS, Measurement, Settings, run

__all__ = ["WORKLOADS", "Installation", "Measurement", "Settings", "Unavailable", "install", "run"]
