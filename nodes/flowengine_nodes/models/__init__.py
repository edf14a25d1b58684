"""Learned models as data, with declared inputs, outputs and bounds. Never code: no pickles."""
