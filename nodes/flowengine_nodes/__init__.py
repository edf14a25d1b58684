"""The built-in nodes, by what they talk to. This list is the palette in one screen."""

from flowengine_nodes.control.limit import Limit
from flowengine_nodes.control.pid import PidController
from flowengine_nodes.control.validate import Validate
from flowengine_nodes.dashboard.alarms import Alarms
from flowengine_nodes.dashboard.button import Button
from flowengine_nodes.dashboard.chart import Chart
from flowengine_nodes.dashboard.gauge import Gauge
from flowengine_nodes.dashboard.lamp import Lamp
from flowengine_nodes.dashboard.number import NumberInput
from flowengine_nodes.dashboard.slider import Slider
from flowengine_nodes.dashboard.switch import SwitchControl
from flowengine_nodes.dashboard.table import Table
from flowengine_nodes.dashboard.text import TextDisplay
from flowengine_nodes.dashboard.text_input import TextInput
from flowengine_nodes.dashboard.value import ValueDisplay
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
    "Alarms",
    "Append",
    "Batch",
    "Broker",
    "Button",
    "Bytes",
    "Change",
    "Chart",
    "Counter",
    "Csv",
    "Delay",
    "Device",
    "Every",
    "Expression",
    "Filter",
    "Gauge",
    "Increase",
    "Inject",
    "Join",
    "Json",
    "Lamp",
    "Limit",
    "Log",
    "NumberInput",
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
    "Slider",
    "Sort",
    "Split",
    "Subscribe",
    "Switch",
    "SwitchControl",
    "Table",
    "Tail",
    "Template",
    "Text",
    "TextDisplay",
    "TextInput",
    "Trigger",
    "Units",
    "Validate",
    "ValueDisplay",
    "Watch",
    "Window",
    "Write",
]
