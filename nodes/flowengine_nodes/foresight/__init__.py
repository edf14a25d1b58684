"""Seeing what comes: control charts, anomalies, changes, forecasts, severity of vibration."""
