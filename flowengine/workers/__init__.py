"""Flows in processes of their own: one that hangs or dies is ended and started again, and disturbs no other.

In the parent: `fleet.py` is the `Flows` of an installation, `seat.py` looks after one worker through all its lives,
`known.py` is what is known of a flow. In the worker: `main.py` runs an ordinary engine, `reporting.py` says how it is.
`frames.py` is what they say to each other.
"""
