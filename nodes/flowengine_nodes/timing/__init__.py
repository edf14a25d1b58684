"""Nodes about time: sources that tick, and transforms that hold messages back."""
