"""The guard at work. What it decides is in `flowengine/safety`; here it gets its inputs, its outputs and a clock.

`road.py` is the way of a command past it, `desk.py` what people ask of it. Both lead to `guarding.py`.
"""
