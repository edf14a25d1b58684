"""Flows of Node-RED, brought over and taken back.

`entries` reads a flows.json, `conversion` makes flow files of it, `report` says what could not be carried over and what
is nearest, `exporting` goes the other way. `table` alone knows which node stands for which.
"""
