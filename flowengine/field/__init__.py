"""The field process: the only one that holds sockets to OT devices, for all flows."""
