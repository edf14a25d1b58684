"""What browsers cost: the engine's share of a core, and a control loop's punctuality, with and without 40 of them."""

from flowengine_bench.web.measure import WebFigures, measure, table

__all__ = ["WebFigures", "measure", "table"]
