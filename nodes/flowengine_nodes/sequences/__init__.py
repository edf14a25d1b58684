"""Nodes about sequences: messages that belong together, marked by `msg.parts`."""
