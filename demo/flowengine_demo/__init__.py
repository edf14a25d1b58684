"""The demo: a simulated plant over real Modbus TCP, and a real broker, with nothing to set up."""
