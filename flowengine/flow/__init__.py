"""A flow as data: pure, no asyncio, no I/O but `file`."""
