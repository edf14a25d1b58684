"""A simulated plant: oven (unit 1), press (unit 2), compressor room (unit 3), served over Modbus TCP by one process.

Read `registers` for the register map, `oven`, `press` and `compressors` for the physics, `server` for how they meet the
socket.
"""
