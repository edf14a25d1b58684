"""What a deploy costs: one changed node of a large flow, from the call of the API to the new option in force."""

from flowengine_bench.deploys.measure import Deploys, measure, table

__all__ = ["Deploys", "measure", "table"]
