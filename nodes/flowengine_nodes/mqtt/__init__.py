"""Nodes that talk to MQTT brokers, with a client of our own (docs/decisions/0010-own-mqtt-client.md)."""

from flowengine_nodes.mqtt.broker import Broker
from flowengine_nodes.mqtt.publish import Publish
from flowengine_nodes.mqtt.subscribe import Subscribe

__all__ = ["Broker", "Publish", "Subscribe"]
