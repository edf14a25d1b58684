"""Tests of flows: what is fed where and when, and what must come of it, in virtual time.

The way of a test: `file` reads it, `sense` checks it against its flow, `stage_set` replaces what touches the outside
world, `rehearsal` runs it, `judgement` compares what came with what was expected, `report` and `junit` show it.
"""
