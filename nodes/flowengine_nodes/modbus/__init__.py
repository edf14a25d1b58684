"""Nodes for devices that speak Modbus: TCP, RTU, RTU over TCP and TLS."""
