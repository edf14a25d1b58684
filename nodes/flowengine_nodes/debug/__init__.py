"""Nodes to look into a flow."""
