"""The field process: the only one that holds sockets to OT devices, for all flows of an installation.

A flow's nodes that use such a device run here, alone, each for its flow in a worker, where a stand-in of the same kind
asks for them over a socket that no other process reads. In the worker: `stand_in.py`, `line.py`. Here: `main.py` takes
workers in, `guest.py` serves one of them, `hosted.py` runs one node, `gate.py` stands in front of every command.
"""
