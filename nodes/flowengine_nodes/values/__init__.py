"""Nodes that change what a message says."""
