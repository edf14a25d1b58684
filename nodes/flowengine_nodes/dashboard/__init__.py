"""Nodes that operators see: displays and controls of the operators' page."""
