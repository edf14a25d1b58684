"""A simulated plant: an oven (unit 1) and a press (unit 2), served over Modbus TCP in a process of its own.

Read `registers` for the register map, `oven` and `press` for the physics, `server` for how they meet the socket.
"""
