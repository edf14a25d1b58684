"""Closed-loop control, limits and the plausibility of readings."""
