"""Signals over time: smoothing, change, time relays, compression, alignment, vibration."""
