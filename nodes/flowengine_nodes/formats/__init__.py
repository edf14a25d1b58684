"""Nodes that turn text and bytes into values and back."""
