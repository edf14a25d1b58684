"""Random concurrent edits of flows, merged by flowengine and by git."""

from flowengine_bench.merges.compare import Tally, measure, table

__all__ = ["Tally", "measure", "table"]
