"""The built-in nodes, by what they talk to. This list is the palette in one screen."""

from flowengine_nodes.control.limit import Limit
from flowengine_nodes.control.pid import PidController
from flowengine_nodes.control.validate import Validate
from flowengine_nodes.debug.counter import Counter
from flowengine_nodes.debug.log import Log
from flowengine_nodes.files.append import Append
from flowengine_nodes.files.read import ReadFile
from flowengine_nodes.files.tail import Tail
from flowengine_nodes.files.watch import Watch
from flowengine_nodes.formats.bytes import Bytes
from flowengine_nodes.formats.csv import Csv
from flowengine_nodes.formats.json import Json
from flowengine_nodes.formats.text import Text
from flowengine_nodes.modbus.device import Device
from flowengine_nodes.modbus.read import Read
from flowengine_nodes.modbus.request import Request
from flowengine_nodes.modbus.write import Write
from flowengine_nodes.mqtt.broker import Broker
from flowengine_nodes.mqtt.publish import Publish
from flowengine_nodes.mqtt.subscribe import Subscribe
from flowengine_nodes.routing.switch import Switch
from flowengine_nodes.sequences.batch import Batch
from flowengine_nodes.sequences.join import Join
from flowengine_nodes.sequences.sort import Sort
from flowengine_nodes.sequences.split import Split
from flowengine_nodes.sources.signal import Signal
from flowengine_nodes.timing.delay import Delay
from flowengine_nodes.timing.every import Every
from flowengine_nodes.timing.inject import Inject
from flowengine_nodes.timing.rate_limit import RateLimit
from flowengine_nodes.timing.schedule import Schedule
from flowengine_nodes.timing.trigger import Trigger
from flowengine_nodes.values.change import Change
from flowengine_nodes.values.expression import Expression
from flowengine_nodes.values.filter import Filter
from flowengine_nodes.values.increase import Increase
from flowengine_nodes.values.python import Python
from flowengine_nodes.values.range import Range
from flowengine_nodes.values.template import Template
from flowengine_nodes.values.units import Units
from flowengine_nodes.windows.window import Window

__all__ = [
    "Append",
    "Batch",
    "Broker",
    "Bytes",
    "Change",
    "Counter",
    "Csv",
    "Delay",
    "Device",
    "Every",
    "Expression",
    "Filter",
    "Increase",
    "Inject",
    "Join",
    "Json",
    "Limit",
    "Log",
    "PidController",
    "Publish",
    "Python",
    "Range",
    "RateLimit",
    "Read",
    "ReadFile",
    "Request",
    "Schedule",
    "Signal",
    "Sort",
    "Split",
    "Subscribe",
    "Switch",
    "Tail",
    "Template",
    "Text",
    "Trigger",
    "Units",
    "Validate",
    "Watch",
    "Window",
    "Write",
]
