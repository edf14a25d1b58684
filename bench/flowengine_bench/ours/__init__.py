"""flowengine under measurement: each figure from a fresh process, started as a user starts it (`flowengine run`)."""

from flowengine_bench.ours.measure import WORKLOADS, Settings, run

__all__ = ["WORKLOADS", "Settings", "run"]
