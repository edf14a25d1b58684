"""Databases: what SQL reads and writes."""
